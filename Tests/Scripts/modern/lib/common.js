module.exports = { kind: "common", here: __filename.split("/").pop() }
