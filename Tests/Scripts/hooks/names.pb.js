// What hook files find when they are loaded, for test_interface.py.
$app.store().set("names", Object.getOwnPropertyNames(globalThis).filter((name) => name.startsWith("on") || /^(cron|router|migrate)/.test(name)))
