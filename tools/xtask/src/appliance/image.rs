//! What the machine boots: Debian's kernel, DAHDI's modules and ours, and a first file system with the checks.

use crate::shell::{self, Failure};
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// DAHDI's modules that the checks load.
const MODULES: [&str; 4] = ["dahdi", "dahdi_dynamic", "dahdi_dynamic_loc", "dahdi_echocan_mg2"];

const DAHDI_SOURCE: &str = "/usr/src/dahdi.tar.bz2";

/// Programs of Debian that the checks start.
const PEERS: [&str; 1] = ["/usr/bin/r2test"];

/// Field offsets of the boot header (the kernel's x86 boot protocol).
const SETUP_SECTORS: usize = 0x1f1;
const PAYLOAD_OFFSET: usize = 0x248;
const PAYLOAD_LENGTH: usize = 0x24c;

/// The kernel that Debian's headers of today belong to.
pub fn kernel_version() -> Result<String, Failure> {
    let format = "--showformat=${Depends}";
    let depends = shell::output("dpkg-query", &["--show", format, "linux-headers-amd64"]).unwrap_or_default();
    let package = depends.split([' ', ',']).find_map(|word| word.strip_prefix("linux-headers-"));
    package.map(str::to_owned).ok_or_else(|| Failure::new("linux-headers-amd64 names no kernel: Debian 12 is needed"))
}

/// What is made once for a kernel.
pub struct Ground {
    kernel: String,
    folder: PathBuf,
}

impl Ground {
    pub fn prepare(kernel: &str) -> Result<Ground, Failure> {
        let folder = std::path::absolute(shell::target().join("appliance").join(kernel))?;
        fs::create_dir_all(&folder)?;
        let ground = Ground { kernel: kernel.to_owned(), folder };
        ground.fetch_kernel()?;
        ground.build_dahdi()?;
        ground.build_linecard()?;
        Ok(ground)
    }

    pub fn vmlinux(&self) -> PathBuf {
        self.folder.join("vmlinux")
    }

    fn headers(&self) -> String {
        format!("/lib/modules/{}/build", self.kernel)
    }

    fn dahdi(&self) -> PathBuf {
        self.folder.join("modules/dahdi")
    }

    fn module(&self, name: &str) -> PathBuf {
        self.dahdi().join(format!("drivers/dahdi/{name}.ko"))
    }

    /// Debian's kernel without installing it, unpacked as far as the machine boots fastest: an ELF by the PVH entry.
    fn fetch_kernel(&self) -> Result<(), Failure> {
        if self.vmlinux().exists() {
            return Ok(());
        }
        println!("   fetching linux-image-{} (once)", self.kernel);
        let folder = self.folder.to_string_lossy();
        shell::execute_in(&folder, "apt-get", &["-qq", "download", &format!("linux-image-{}", self.kernel)])?;
        let script = format!(
            "for deb in linux-image-*.deb; do dpkg-deb --fsys-tarfile $deb | tar xO ./boot/vmlinuz-{} > vmlinuz; rm $deb; done",
            self.kernel
        );
        shell::execute_in(&folder, "sh", &["-ec", &script])?;
        let compressed = payload(&fs::read(self.folder.join("vmlinuz"))?)?;
        let partial = self.folder.join("vmlinux.partial");
        let mut xz = Command::new("xz");
        xz.args(["--decompress", "--stdout", "--single-stream"])
            .stdin(Stdio::piped())
            .stdout(fs::File::create(&partial)?);
        let mut xz = xz.spawn()?;
        // It may stop reading at the end of the stream, before the length that stands behind it.
        xz.stdin.take().map(|mut input| input.write_all(&compressed)).transpose()?;
        if !xz.wait()?.success() {
            return Err(Failure::new("the kernel is not compressed with xz"));
        }
        Ok(fs::rename(partial, self.vmlinux())?)
    }

    fn build_dahdi(&self) -> Result<(), Failure> {
        if MODULES.iter().all(|module| self.module(module).exists()) {
            return Ok(());
        }
        println!("   building DAHDI's modules (once, a minute)");
        let folder = self.folder.to_string_lossy();
        shell::execute_in(&folder, "tar", &["xf", DAHDI_SOURCE])?;
        let make = format!("nice make -j2 KVERS={} KSRC={} modules > build.log 2>&1", self.kernel, self.headers());
        let dahdi = self.dahdi();
        shell::execute_in(&dahdi.to_string_lossy(), "sh", &["-ec", &make])
            .map_err(|failure| Failure::new(format!("{failure}; see {}", dahdi.join("build.log").display())))
    }

    fn build_linecard(&self) -> Result<(), Failure> {
        let out = self.folder.join("linecard");
        let mut make = Command::new("make");
        make.args(["--silent", "--directory", "drivers/kmod"]);
        make.arg(format!("KDIR={}", self.headers()));
        make.arg(format!("DAHDI={}", self.dahdi().display()));
        make.arg(format!("OUT={}", out.display()));
        make.stdout(Stdio::null());
        shell::execute(make)
    }

    /// The libpri peer of the interop tests serves here too.
    fn build_libpri_peer(&self) -> Result<PathBuf, Failure> {
        let program = self.folder.join("libpri_peer");
        let source = "tests/interop/peers/libpri_peer.c";
        let out = program.to_string_lossy();
        shell::execute(shell::command("gcc", &["-O1", "-Wall", "-Wextra", "-Werror", "-o", &out, source, "-lpri"]))?;
        Ok(program)
    }

    /// A program of ours without what only a debugger reads: the machine's memory is its disk.
    fn stripped(&self, name: &str) -> Result<PathBuf, Failure> {
        let from = shell::target().join("debug").join(name);
        let program = self.folder.join(name);
        let (from, out) = (from.to_string_lossy(), program.to_string_lossy());
        shell::execute(shell::command("strip", &["--strip-debug", "-o", &out, &from]))?;
        Ok(program)
    }

    /// The first and only file system: busybox, modules, the checks, the peers, and every library that those need.
    pub fn pack(&self) -> Result<PathBuf, Failure> {
        let root = self.folder.join("root");
        if root.exists() {
            fs::remove_dir_all(&root)?;
        }
        let mut files: Vec<(PathBuf, String)> = vec![
            ("/bin/busybox".into(), "bin/busybox".into()),
            ("tests/appliance/guest/init".into(), "init".into()),
            (self.folder.join("linecard/fc_linecard.ko"), "modules/fc_linecard.ko".into()),
        ];
        for module in MODULES {
            files.push((self.module(module), format!("modules/{module}.ko")));
        }
        let mut programs = vec![self.stripped("appliance")?, self.stripped("fastcalld")?, self.build_libpri_peer()?];
        programs.extend(PEERS.map(PathBuf::from));
        for program in &programs {
            let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let name = if name == "appliance" { "appliance-lines".into() } else { name };
            files.push((program.clone(), format!("bin/{name}")));
        }
        files.extend(libraries(&programs)?.into_iter().map(|library| {
            let inside = library.trim_start_matches('/').to_owned();
            (PathBuf::from(library), inside)
        }));
        for (from, inside) in files {
            copy(&from, &root.join(inside))?;
        }
        let archive = self.folder.join("initramfs.cpio");
        let script =
            format!("find . | sort | cpio --quiet --create --format=newc --reproducible > {}", archive.display());
        shell::execute_in(&root.to_string_lossy(), "sh", &["-ec", &script])?;
        Ok(archive)
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to.parent().unwrap_or(to))?;
    fs::copy(from, to).map_err(|problem| Failure::new(format!("{}: {problem}", from.display())))?;
    Ok(())
}

/// The compressed kernel inside of a bzImage, less the length that follows it.
fn payload(image: &[u8]) -> Result<Vec<u8>, Failure> {
    let word = |at: usize| -> Option<usize> {
        let octets = image.get(at..at + 4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(octets)).ok()
    };
    let setup = image.get(SETUP_SECTORS).map(|sectors| (usize::from(*sectors) + 1) * 512);
    let found = setup.zip(word(PAYLOAD_OFFSET)).zip(word(PAYLOAD_LENGTH)).and_then(|((setup, offset), length)| {
        let begin = setup.checked_add(offset)?;
        image.get(begin..begin.checked_add(length)?.checked_sub(4)?)
    });
    found.map(<[u8]>::to_vec).ok_or_else(|| Failure::new("the kernel is no bzImage"))
}

/// Every library that the programs load, and their loader, by the names that they ask for.
fn libraries(programs: &[PathBuf]) -> Result<BTreeSet<String>, Failure> {
    let mut found = BTreeSet::new();
    for program in programs {
        let listed = shell::output("ldd", &[&program.to_string_lossy()])
            .ok_or_else(|| Failure::new(format!("{}: cannot tell its libraries", program.display())))?;
        for line in listed.lines() {
            if line.contains("not found") {
                return Err(Failure::new(format!("{}: {}", program.display(), line.trim())));
            }
            found.extend(line.split_whitespace().find(|word| word.starts_with('/')).map(str::to_owned));
        }
    }
    Ok(found)
}
