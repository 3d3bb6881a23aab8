importScripts("./judge.js");
wasm_bindgen({ module_or_path: "./judge_bg.wasm" });
