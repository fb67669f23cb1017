//! Facts about GitLab, as tables.
//!
//! What a token type can do, what a scope includes, which role comes above which: all of it stands in the CSV files
//! beside this module, with the versions it holds for (`since`, `until`) and the document it is from (`source`).
//! This module gives the tables types and look-ups, and no judgement.
//!
//! A scope, role or status that is not in the tables is not an error: GitLab will add one next month. It is kept as
//! it stands ([`Scope::Other`], [`Role::Other`]) and said to be newer than the catalog.

mod act;
mod credential_field;
mod credential_file;
mod endpoint;
mod export_secret;
mod incident;
mod job_token_facts;
mod job_token_permission;
mod masking;
mod message;
pub mod pages;
mod registry;
pub mod route;
mod scope;
mod stored_name;
mod table;
mod token_type;
mod use_case;
mod user_state;
mod uses;
mod variable;
mod web_page;
pub mod words;

pub use act::{Act, CloudService, ToolCredential, act, cloud_service, glab_call, tool_credentials};
pub use credential_field::{CredentialField, FieldHolds, credential_fields};
pub use credential_file::{CredentialFileKind, FileFormat, credential_files};
pub use endpoint::{Acceptance, Boundary, Endpoint, Permission, SpecialToken, endpoints, web_endpoints};
pub use export_secret::export_secret;
pub use incident::IncidentFacts;
pub use job_token_facts::{
    AddressVariable, ClientCall, ImageClient, JobTokenRules, JobTokenUser, address_variable, client_call, image_client,
    is_tool_file, job_token_rules, uses_job_token,
};
pub use job_token_permission::{JobTokenPermission, job_token_permission};
pub use masking::{MaskedPrefix, masked_prefixes};
pub use message::{Message, Part, marks, messages};
pub use registry::{Registry, published_by, registry};
pub use scope::{AccessLevel, Role, Scope, ScopeFacts, Verb, redundant, scopes};
pub use stored_name::is_secret_name;
pub use token_type::{Calls, MoreFacts, Prefix, TokenFacts, TokenType, prefixes};
pub use use_case::{UseCase, questions, use_cases};
pub use user_state::{UserState, kept_out};
pub use uses::{Use, suggested_by, uses};
pub use variable::{
    PasswordFlag, PredefinedVariable, SecretFile, VariableIs, Whose, credential_name, password_flags,
    predefined_variable, secret_file,
};
pub use web_page::web_page;

/// The GitLab version the tables were checked against.
pub const GITLAB: crate::context::Version = crate::context::Version::new(19, 6);

/// The day they were checked.
pub const AS_OF: &str = "2026-11-20";
