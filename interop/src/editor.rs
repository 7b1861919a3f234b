//! A real rust-analyzer, asked as an editor asks.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::package::{copied, forget_cargo};
use crate::{gotten, root};

/// How long an answer may take: the first one waits for a build of the macro.
const PATIENCE: Duration = Duration::from_mins(10);
/// How long before something is asked again.
const PAUSE: Duration = Duration::from_millis(200);
/// "The content changed meanwhile" and "cancelled": ask again.
const AGAIN: [i64; 2] = [-32801, -32802];

/// One thing that can be completed.
#[derive(Debug)]
pub struct Completion {
    /// The text that is inserted.
    pub label: String,
    /// Whether it is a field, a variant, a method, …
    pub kind: CompletionKind,
    /// Its type.
    pub detail: String,
    /// Its documentation.
    pub docs: String,
    /// Whether it is struck through.
    pub deprecated: bool,
}

/// The kinds that matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompletionKind {
    /// A field.
    Field,
    /// A variant of an enum.
    Variant,
    /// Anything else.
    Other,
}

/// An editor with a package open.
pub struct Editor {
    server: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    package: PathBuf,
    temporary: PathBuf,
    next: i64,
    version: i64,
    is_quiescent: bool,
    opened: BTreeSet<String>,
}

impl Editor {
    /// Copies a package of `fixtures` to `target` and opens it.
    pub fn open(fixture: &str) -> Self {
        let package = copied(fixture);

        let mut command = Command::new(gotten("rust-analyzer/unpacked/usr/bin/rust-analyzer"));
        let temporary = root().join("target/tmp").join(format!("{fixture}-{}", std::process::id()));
        std::fs::create_dir_all(&temporary).unwrap();
        forget_cargo(&mut command);
        let mut server = command
            .env("LD_LIBRARY_PATH", std::fs::read_to_string(gotten("rust-analyzer/library-path")).unwrap())
            // The macro's server leaves copies of the macro.
            .env("TMPDIR", &temporary)
            // A user's own settings are not for this test.
            .env("XDG_CONFIG_HOME", &temporary)
            .current_dir(&package)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = server.stdin.take().unwrap();
        let mut output = BufReader::new(server.stdout.take().unwrap());
        let (sender, messages) = channel();
        thread::spawn(move || {
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let mut editor = Editor {
            server,
            input,
            messages,
            package,
            temporary,
            next: 0,
            version: 0,
            is_quiescent: false,
            opened: BTreeSet::new(),
        };
        editor.initialize();
        editor
    }

    /// What is offered at `$0` of `code`, a statement in a function at the end of `file`.
    pub fn complete(&mut self, file: &str, code: &str) -> Vec<Completion> {
        let mut place = self.show(file, code);
        place["context"] = json!({ "triggerKind": 1 });
        let answer = self.ask("textDocument/completion", &place);
        let items = if answer.is_object() { &answer["items"] } else { &answer };
        let items = items.as_array().cloned().unwrap_or_default();
        items.into_iter().map(|item| self.completion(item)).collect()
    }

    fn completion(&mut self, item: Value) -> Completion {
        let kind = match item["kind"].as_i64() {
            Some(5) => CompletionKind::Field,
            Some(20) => CompletionKind::Variant,
            _ => CompletionKind::Other,
        };
        let is_whole = kind == CompletionKind::Other || item["data"].is_null();
        let item = if is_whole { item } else { self.ask("completionItem/resolve", &item) };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let docs = &item["documentation"];
        let tags = item["tags"].as_array();
        Completion {
            label: text(if item["filterText"].is_string() { &item["filterText"] } else { &item["label"] }),
            kind,
            detail: text(&item["detail"]),
            docs: text(if docs.is_object() { &docs["value"] } else { docs }),
            deprecated: item["deprecated"] == true || tags.is_some_and(|tags| tags.contains(&json!(1))),
        }
    }

    /// What is shown for the name at `$0` of `code`, as [`complete`](Self::complete) has it.
    pub fn hover(&mut self, file: &str, code: &str) -> String {
        let place = self.show(file, code);
        let answer = self.ask("textDocument/hover", &place);
        answer["contents"]["value"].as_str().unwrap_or_default().to_owned()
    }

    /// rust-analyzer's own diagnostics of a file with `code` in a function at its end.
    pub fn diagnostics(&mut self, file: &str, code: &str) -> Vec<String> {
        let place = self.show(file, code);
        let answer = self.ask("textDocument/diagnostic", &json!({ "textDocument": place["textDocument"] }));
        assert_eq!(answer["kind"], "full", "{answer}");
        let items = answer["items"].as_array().cloned().unwrap_or_default();
        items.iter().map(|item| format!("{}: {}", item["code"].as_str().unwrap_or_default(), item["message"])).collect()
    }

    /// Puts `code` into the text of a file, not on the disk, and says where its `$0` is.
    fn show(&mut self, file: &str, code: &str) -> Value {
        let path = self.package.join(file);
        let uri = uri(&path);
        let mut before = std::fs::read_to_string(&path).unwrap();
        let (left, right) = code.split_once("$0").unwrap_or((code, ""));
        before.push_str("\n#[allow(warnings)]\nfn probe() {\n    ");
        before.push_str(left);
        let text = format!("{before}{right}\n}}\n");
        self.version += 1;
        let document = json!({ "uri": uri, "version": self.version });
        if self.opened.insert(uri.clone()) {
            let document = json!({ "uri": uri, "languageId": "rust", "version": self.version, "text": text });
            self.tell("textDocument/didOpen", &json!({ "textDocument": document }));
        } else {
            let changes = json!({ "textDocument": document, "contentChanges": [{ "text": text }] });
            self.tell("textDocument/didChange", &changes);
        }
        let line = before.matches('\n').count();
        let character = before.rsplit('\n').next().unwrap_or_default().encode_utf16().count();
        json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } })
    }

    fn initialize(&mut self) {
        let folder = uri(&self.package);
        let capabilities = json!({
            "experimental": { "serverStatusNotification": true },
            // Or the server would watch every folder itself.
            "workspace": { "configuration": true, "didChangeWatchedFiles": { "dynamicRegistration": true } },
            "textDocument": {
                "diagnostic": {},
                "hover": { "contentFormat": ["markdown"] },
                "completion": { "completionItem": {
                    "documentationFormat": ["markdown"],
                    "deprecatedSupport": true,
                    "tagSupport": { "valueSet": [1] },
                    "resolveSupport": { "properties": ["documentation", "detail"] },
                } },
            },
        });
        let exclude: Vec<PathBuf> =
            ["debug", "python", "rust-analyzer/unpacked", "tmp", "sst", "orders", "editor/target"]
                .into_iter()
                .map(|folder| root().join("target").join(folder))
                .collect();
        let options = json!({
            // Without the sources rust-analyzer would add a component to the toolchain.
            "cargo": { "sysrootSrc": gotten("rust-analyzer/std") },
            "checkOnSave": false,
            // Unbound names are among these.
            "diagnostics": { "experimental": { "enable": true } },
            // The fixture depends on the repository by its path: all that is in there would be read.
            "files": { "exclude": exclude },
            "cachePriming": { "enable": false },
        });
        let parameters = json!({
            "processId": std::process::id(),
            "rootUri": folder,
            "workspaceFolders": [{ "uri": folder, "name": "fixture" }],
            "capabilities": capabilities,
            "initializationOptions": options,
        });
        self.ask("initialize", &parameters);
        self.tell("initialized", &json!({}));
        self.settle();
    }

    /// Waits until the server has loaded everything.
    fn settle(&mut self) {
        let started = Instant::now();
        while !self.is_quiescent {
            let left = PATIENCE.saturating_sub(started.elapsed());
            let message = self.messages.recv_timeout(left).unwrap_or_else(|err| panic!("rust-analyzer: {err}"));
            self.take(&message);
        }
    }

    /// Waits until `CONFIG` has fields in a file: the macro was built, loaded and expanded. The server may say before that
    /// it is ready.
    pub fn expand(&mut self, file: &str) {
        let started = Instant::now();
        while self.complete(file, "CONFIG.$0").iter().all(|of| of.kind != CompletionKind::Field) {
            assert!(started.elapsed() < PATIENCE, "{file}: the macro was not expanded for {PATIENCE:?}");
            thread::sleep(PAUSE);
        }
    }

    fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        let started = Instant::now();
        loop {
            self.next += 1;
            let id = self.next;
            self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": parameters }));
            let answer = loop {
                let left = PATIENCE.saturating_sub(started.elapsed());
                let message = self.messages.recv_timeout(left).unwrap_or_else(|err| panic!("{method}: {err}"));
                if message["method"].is_null() && message["id"] == id {
                    break message;
                }
                self.take(&message);
            };
            if answer["error"].is_null() {
                return answer["result"].clone();
            }
            let code = answer["error"]["code"].as_i64().unwrap_or_default();
            assert!(AGAIN.contains(&code) && started.elapsed() < PATIENCE, "{method}: {}", answer["error"]);
            thread::sleep(PAUSE);
        }
    }

    fn tell(&mut self, method: &str, parameters: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": parameters }));
    }

    /// Whatever the server sends of its own accord.
    fn take(&mut self, message: &Value) {
        if message["method"] == "experimental/serverStatus" {
            let status = &message["params"];
            self.is_quiescent = status["quiescent"] == true;
            let is_well = status["health"] == "ok" || !self.is_quiescent;
            assert!(is_well, "rust-analyzer could not load the package: {status}");
        } else if !message["id"].is_null() && !message["method"].is_null() {
            let items = message["params"]["items"].as_array().map_or(0, Vec::len);
            let result = if message["method"] == "workspace/configuration" {
                json!(vec![Value::Null; items])
            } else {
                Value::Null
            };
            self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }));
        }
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        self.input.flush().unwrap();
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // The macro's server ends with the editor's, which holds its input.
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.temporary);
    }
}

fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}
