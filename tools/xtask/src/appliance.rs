//! The emulated machine: our code on the real kernel driver, without a card and without KVM.
//!
//! `appliance-test lines` makes what is missing (packages, the kernel, DAHDI's modules and ours, the first file system), boots QEMU and reads what
//! the checks inside print. The machine is deterministic: its clock counts instructions, so that a busy host changes nothing but
//! the time it takes. All is kept in `target/appliance`, by the kernel's version.

mod image;
mod machine;

use crate::setup;
use crate::shell::{self, Failure, step};
use machine::Verdict;

pub fn test(arguments: &[&str]) -> Result<(), Failure> {
    match arguments {
        ["lines", checks @ ..] => lines(checks),
        _ => Err(Failure::new("appliance-test lines [CHECK...]")),
    }
}

fn lines(checks: &[&str]) -> Result<(), Failure> {
    step("packages", setup::to_emulate)?;
    let kernel = image::kernel_version()?;
    println!("   Debian's kernel {kernel}");
    let mut ground = None;
    step("kernel and modules", || {
        ground = Some(image::Ground::prepare(&kernel)?);
        Ok(())
    })?;
    let ground = ground.ok_or_else(|| Failure::new("no kernel"))?;
    step("checks", || shell::cargo(&["build", "--quiet", "--package", "appliance", "--package", "fastcalld"]))?;
    let initramfs = ground.pack()?;
    println!("== machine (deterministic, {} KiB of files)", initramfs.metadata()?.len() / 1024);
    let verdict = machine::run(&ground.vmlinux(), &initramfs, checks)?;
    report(&verdict)
}

fn report(verdict: &Verdict) -> Result<(), Failure> {
    println!();
    for check in &verdict.checks {
        let outcome = if check.passed { "passed" } else { "FAILED" };
        println!("{outcome}  {:<16} {:>7} ms  {}", check.name, check.millis, check.words);
    }
    for problem in &verdict.problems {
        println!("PROBLEM {problem}");
    }
    let passed = verdict.checks.iter().filter(|check| check.passed).count();
    println!("{passed} of {} checks passed", verdict.checks.len());
    let whole = verdict.told == Some((passed, 0)) && passed > 0 && passed == verdict.checks.len();
    if whole && verdict.problems.is_empty() {
        Ok(())
    } else {
        Err(Failure::new("the lines do not pass in the emulated machine"))
    }
}
