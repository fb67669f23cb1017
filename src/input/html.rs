//! A small element tree over the html5gum tokenizer: what a settings page reader needs, and no more.
