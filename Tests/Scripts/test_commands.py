"""Commands that hook files add to the command line."""
import subprocess

import pytest

from servers import MARTLET_BIN, REFERENCE_BIN

PROGRAMS = {"reference": REFERENCE_BIN, "martlet": MARTLET_BIN}
HOOKS = """
const greeting = "Hello"
$app.rootCmd.addCommand(new Command({
    use: "greet [who]", short: "greets", aliases: ["hi"],
    run: (cmd, args) => console.log(greeting, args.join(" "), $app.countRecords("users"), cmd.use),
}))
$app.rootCmd.addCommand(new Command({ use: "add", run: (cmd, args) => {
    const record = new Record($app.findCollectionByNameOrId("users"), { email: args[0], password: "1234567890" })
    $app.save(record)
    console.log(record.getString("name"))
} }))
$app.rootCmd.addCommand(new Command({ use: "broken", run: () => { throw new Error("not today") } }))
onRecordCreate((e) => { e.record.set("name", "by a hook"); return e.next() }, "users")
"""


def run(program, folder, *words):
    done = subprocess.run([PROGRAMS[program], *words], cwd=folder, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(params=["reference", "martlet"])
def program(request, tmp_path):
    (tmp_path / "pb_hooks").mkdir()
    (tmp_path / "pb_hooks" / "commands.pb.js").write_text(HOOKS)
    assert run(request.param, tmp_path, "superuser", "upsert", "a@example.com", "1234567890", "--dir", "pb_data")[0] == 0
    return lambda *words: run(request.param, tmp_path, *words, "--dir", "pb_data")


def test_words_reach_the_command(program):
    code, said = program("greet", "big", "world")
    assert code == 0 and "Hello big world 0 greet [who]" in said
    assert "Hello you 0" in program("hi", "you")[1]


def test_commands_see_hooks_and_keep_what_they_write(program):
    assert "by a hook" in program("add", "one@example.com")[1]
    assert "Hello  1" in program("greet")[1]


@pytest.mark.parametrize("name", ["broken", "nothing-such"])
def test_what_goes_wrong_is_told(tmp_path, name):
    (tmp_path / "pb_hooks").mkdir()
    (tmp_path / "pb_hooks" / "commands.pb.js").write_text(HOOKS)
    assert run("martlet", tmp_path, "superuser", "upsert", "a@example.com", "1234567890", "--dir", "pb_data")[0] == 0
    code, said = run("martlet", tmp_path, name, "--dir", "pb_data")
    assert code == 1 and ("not today" in said if name == "broken" else name in said)


def test_a_typing_error_makes_no_data_folder(tmp_path):
    assert run("martlet", tmp_path, "serv", "--dir", "pb_data")[0] != 0
    assert not (tmp_path / "pb_data").exists()
