//! Advice that several rules give: the settings path and the API call for a row, and how to end a token without breaking
//! what uses it.
