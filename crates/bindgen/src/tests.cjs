// Runs the tests of the module beside this file, as wasm-bindgen-test wants it. What a test prints is shown if it fails.
"use strict";

const { exit } = require("node:process");

const LEVELS = ["debug", "log", "info", "warn", "error"];
const { log, error } = console;
globalThis.__wbgtest_og_console_log = log;
globalThis.__wbg_test_invoke = (test) => test();
for (const level of LEVELS) console[level] = (...words) => module_[`__wbgtest_console_${level}`](words);

const module_ = require("./module.js");
const tests = Object.entries(module_.__wasm).filter(([name]) => name.startsWith("__wbgt_"));
if (tests.length === 0) {
  error("The module has no tests.");
  exit(1);
}
const context = new module_.WasmBindgenTestContext(false);
context.run(tests.map(([, test]) => test)).then(
  (passed) => exit(passed ? 0 : 1),
  (reason) => {
    error(reason);
    exit(1);
  },
);
