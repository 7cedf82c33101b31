//! Rules for Rust sources: function size, banned clocks, `mod.rs` without logic, tests that run.

use crate::Breach;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// Lines of a function at most, signature included.
const MAX_FUNCTION: usize = 70;

/// Rooms of the firmware that may read clocks and sleep.
const MAY_READ_CLOCKS: [&str; 2] = ["firmware/adapters/", "firmware/daemon/"];

/// Path endings that read a clock or sleep.
const CLOCKS: [[&str; 2]; 5] =
    [["Instant", "now"], ["SystemTime", "now"], ["thread", "sleep"], ["time", "sleep"], ["UtcDateTime", "now"]];

pub fn check(name: &str, content: &str, breaches: &mut Vec<Breach>) {
    let file = match syn::parse_file(content) {
        Ok(file) => file,
        Err(problem) => {
            let line = problem.span().start().line;
            return breaches.push(Breach {
                file: name.to_owned(),
                line,
                message: format!("does not parse: {problem}"),
            });
        }
    };
    let pure = name.starts_with("firmware/") && !MAY_READ_CLOCKS.iter().any(|room| name.starts_with(room));
    let mut reader = Reader { name, pure, breaches };
    if (name.ends_with("/lib.rs") || name.ends_with("/main.rs")) && !has_inner_doc(&file) {
        reader.breach(1, "no crate documentation: say its role, what it does not do, and its standard".to_owned());
    }
    if name.ends_with("/mod.rs") {
        reader.check_mod(&file);
    }
    reader.visit_file(&file);
}

fn has_inner_doc(file: &syn::File) -> bool {
    file.attrs.iter().any(|attribute| attribute.path().is_ident("doc"))
}

struct Reader<'a> {
    name: &'a str,
    /// Time is an argument here.
    pure: bool,
    breaches: &'a mut Vec<Breach>,
}

impl Reader<'_> {
    fn breach(&mut self, line: usize, message: String) {
        self.breaches.push(Breach { file: self.name.to_owned(), line, message });
    }

    fn check_mod(&mut self, file: &syn::File) {
        for item in &file.items {
            if !matches!(item, syn::Item::Mod(_) | syn::Item::Use(_)) {
                let line = item.span().start().line;
                self.breach(line, "logic in mod.rs: move it to a file with a name of its own".to_owned());
            }
        }
    }

    fn check_function(&mut self, attributes: &[syn::Attribute], name: &syn::Ident, whole: proc_macro2::Span) {
        let lines = whole.end().line - name.span().start().line + 1;
        if lines > MAX_FUNCTION {
            let message = format!("`{name}` has {lines} lines, at most {MAX_FUNCTION}: give its steps names");
            self.breach(name.span().start().line, message);
        }
        if attributes.iter().any(|attribute| attribute.path().is_ident("ignore")) {
            self.breach(name.span().start().line, format!("`{name}` is an ignored test: mend it or delete it"));
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.check_function(&function.attrs, &function.sig.ident, function.span());
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.check_function(&function.attrs, &function.sig.ident, function.span());
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().rev().take(2).map(|part| part.ident.to_string()).collect();
        if let [last, before] = names.as_slice()
            && self.pure
            && CLOCKS.iter().any(|clock| clock == &[before.as_str(), last.as_str()])
        {
            let message = format!("`{before}::{last}` outside adapters: take the time as an argument");
            self.breach(path.span().start().line, message);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let name = call.path.segments.last().map(|part| part.ident.to_string()).unwrap_or_default();
        if ["todo", "unimplemented", "dbg"].contains(&name.as_str()) {
            self.breach(call.span().start().line, format!("`{name}!` is unfinished work: finish it"));
        }
        visit::visit_macro(self, call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(name: &str, content: &str) -> Vec<String> {
        let mut found = Vec::new();
        check(name, content, &mut found);
        found.into_iter().map(|breach| breach.message).collect()
    }

    #[test]
    fn long_function_is_told() {
        let body = "    x();\n".repeat(70);
        assert_eq!(breaches("a/b.rs", &format!("fn long() {{\n{body}}}\n")).len(), 1);
        assert_eq!(breaches("a/b.rs", "fn short() {\n    x();\n}\n").len(), 0);
    }

    #[test]
    fn clocks_are_banned_below_adapters_only() {
        let reads = "fn f() { let t = std::time::Instant::now(); std::thread::sleep(t); }";
        assert_eq!(breaches("firmware/signalling/x/src/y.rs", reads).len(), 2);
        assert_eq!(breaches("firmware/adapters/x/src/y.rs", reads).len(), 0);
    }

    #[test]
    fn ignored_tests_unfinished_macros_and_logic_in_mod_are_told() {
        assert_eq!(breaches("a/b.rs", "#[test] #[ignore] fn t() {}").len(), 1);
        assert_eq!(breaches("a/b.rs", &format!("fn f() {{ {}!() }}", ["to", "do"].concat())).len(), 1);
        assert_eq!(breaches("a/mod.rs", "mod x; pub use x::Y; fn f() {}").len(), 1);
        assert_eq!(breaches("a/src/lib.rs", "mod x;").len(), 1);
    }
}
