//! Profiles for the list of functions that lie side by side in the library (`scripts/hot`).

use std::path::Path;

use crate::origin::Origin;
use crate::peers::Clients;
use crate::rounds::{self, Workshop};
use crate::scenario::Site;
use crate::{Failure, Flags, counts};

/// What is run, in the order of the list: what a first plain request calls comes first, and TLS last.
const WORKS: [(Site, &str); 9] = [
    (Site::Plain, "-s get -c 1 -n 1"),
    (Site::Plain, "-s get -c 1 -n 5"),
    (Site::Plain, "-s get -c 16 -n 200"),
    (Site::Slow, "-s open -c 600 -n 600 --buf 64 --hold 500"),
    (Site::Plain, "-s sync -c 1 -n 5"),
    (Site::Plain, "-s fresh -c 2 -n 10"),
    (Site::Tls, "-s get -c 1 -n 5"),
    (Site::Tls, "-s fresh -c 1 -n 4"),
    // The last by name.
    (Site::Tls, "-s get -c 1 -n 2"),
];

/// Leaves a profile of each work in the folder `--out`, in files whose names are in order.
pub(crate) fn run(flags: &Flags) -> Result<bool, Failure> {
    let out = Path::new(flags.out.as_deref().ok_or("profiles needs --out FOLDER")?);
    if !counts::there("valgrind") {
        return Err("valgrind is not there; install it (Debian: apt-get install valgrind)".into());
    }
    std::fs::create_dir_all(out)?;
    rounds::allow_files();
    let workshop = Workshop::new()?;
    let clients = Clients::build(&workshop.0, flags.lib.as_deref())?;
    let origin = Origin::start(&workshop.0, &clients.path("origin"))?;
    for (at, (site, work)) in WORKS.into_iter().enumerate() {
        let url = origin.url(site, "/small");
        let last = at + 1 == WORKS.len();
        let mut command = std::process::Command::new(clients.path("ours"));
        command.args(work.split(' ')).arg("-u").arg(if last {
            url.replace("127.0.0.1", "localhost")
        } else {
            url
        });
        command.env("SSL_CERT_FILE", &origin.many_roots);
        counts::profile(&out.join(format!("profile.{}", 10 + at)), &command)?;
    }
    Ok(true)
}
