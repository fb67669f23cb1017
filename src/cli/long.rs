//! Exports that are too long to be kept: read block by block, and written as they are read.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::args::Reading;
use crate::context::Context;
use crate::inventory::Inventory;
use crate::long::{Block, Long, Ordinals};
use crate::report::Finding;

/// A file from this size on is read by blocks, if it is an export.
pub(crate) const LONG: u64 = 8 << 20;

/// Opens a file as a long export. `None` for shorter ones, and for what has to be read as a whole.
pub(crate) fn file(path: &Path, name: &str, context: &Context) -> Option<Long<'static>> {
    let about = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    if about.len() < LONG {
        return None;
    }
    let path = path.to_path_buf();
    let open = move || File::open(&path).map(|file| Box::new(file) as Box<dyn Read>);
    Long::open(name, None, context, Box::new(open)).ok().flatten()
}

/// Standard input as a long export: its bytes are kept, since they come only once. Gives them back if it is none.
pub(crate) fn bytes(name: &str, bytes: Vec<u8>, context: &Context) -> Result<Long<'static>, Vec<u8>> {
    if (bytes.len() as u64) < LONG {
        return Err(bytes);
    }
    let bytes = Arc::new(bytes);
    let again = Arc::clone(&bytes);
    let open = move || Ok(Box::new(Cursor::new(Shared(Arc::clone(&again)))) as Box<dyn Read>);
    match Long::open(name, None, context, Box::new(open)) {
        Ok(Some(long)) => Ok(long),
        _ => Err(Arc::unwrap_or_clone(bytes)),
    }
}

/// Bytes that several readers share.
struct Shared(Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Judges all blocks, some side by side, and hands their findings on in the order of the text; those that compare rows come
/// last. `look` sees each block before; `render` runs side by side, `write` in order.
pub(crate) fn judge<T: Send>(
    long: &Long<'_>,
    reading: &Reading,
    mut look: impl FnMut(&Block),
    render: impl Fn(Vec<Finding>) -> T + Sync,
    mut write: impl FnMut(T) -> io::Result<()>,
) -> io::Result<()> {
    let mut compared = Vec::new();
    let mut ordinals = Ordinals::default();
    let mut blocks = long.blocks()?;
    let pool = reading.jobs.and_then(|jobs| rayon::ThreadPoolBuilder::new().num_threads(jobs).build().ok());
    let side_by_side = reading.jobs.unwrap_or_else(rayon::current_num_threads).max(1);
    loop {
        let some: Vec<Block> = blocks.by_ref().take(side_by_side).collect::<io::Result<_>>()?;
        if some.is_empty() {
            break;
        }
        for block in &some {
            look(block);
            let room = Long::COMPARED.saturating_sub(compared.len());
            compared.extend(long.compared(block).take(room));
        }
        let judge = || some.into_par_iter().map(|mut block| long.judge(&mut block)).collect::<Vec<_>>();
        let mut found = match &pool {
            Some(pool) => pool.install(judge),
            None => judge(),
        };
        found.iter_mut().for_each(|findings| ordinals.number(findings));
        let show = || found.into_par_iter().map(&render).collect::<VecDeque<_>>();
        let shown = match &pool {
            Some(pool) => pool.install(show),
            None => show(),
        };
        shown.into_iter().try_for_each(&mut write)?;
    }
    write(render(long.judge_whole(compared)))
}

macro_rules! lists {
    ($inventory:ident; $($key:literal => $rows:expr),* $(,)?) => {
        /// The keys of the lists, in the order of the published form.
        pub(crate) const LISTS: &[&str] = &[$($key),*];

        /// The rows of one list, a line of JSON each.
        pub(crate) fn rows_as_lines($inventory: &Inventory, key: &str) -> io::Result<Vec<u8>> {
            let mut lines = Vec::new();
            match key {
                $($key => {
                    for row in $rows {
                        serde_json::to_writer(&mut lines, row)?;
                        lines.push(b'\n');
                    }
                })*
                _ => {}
            }
            Ok(lines)
        }
    };
}

lists! {
    inventory;
    "tokens" => inventory.tokens.iter(),
    "deploy_keys" => inventory.deploy_keys.iter(),
    "trigger_tokens" => inventory.trigger_tokens.iter(),
    "variables" => inventory.variables.iter(),
    "runners" => inventory.runners.iter(),
    "webhooks" => inventory.webhooks.iter(),
    "applications" => inventory.applications.iter(),
    "ssh_keys" => inventory.ssh_keys.iter(),
    "gpg_keys" => inventory.gpg_keys.iter(),
    "service_accounts" => inventory.service_accounts.iter().flatten(),
    "users" => inventory.users.iter(),
    "members" => inventory.members.iter(),
    "projects" => inventory.projects.iter(),
    "groups" => inventory.groups.iter(),
    "audit_events" => inventory.audit_events.iter(),
    "expiry_counts" => inventory.expiry_counts.iter(),
    "others" => inventory.others.iter(),
}
