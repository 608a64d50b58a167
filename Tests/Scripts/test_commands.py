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
const order = new Command({
    use: "order WHAT", short: "orders something", long: "Orders something, soon.", example: "  order tea",
    persistentPreRun: (cmd) => console.log("first", cmd.name()),
    run: (cmd, args) => {
        const flags = cmd.flags()
        console.log(JSON.stringify([
            args, flags.getString("for"), flags.getBool("quick"), flags.getInt("times"), flags.getStringSlice("with"),
            flags.getDuration("wait"), flags.getFloat64("price"), flags.getCount("verbose"), flags.changed("times"), flags.nArg(),
            flags.lookup("for").value.string(), flags.nFlag(), cmd.name(), cmd.calledAs(), cmd.hasParent(),
        ]))
    },
    postRun: () => console.log("last"),
})
order.flags().string("for", "you", "for `whom`")
order.flags().boolP("quick", "q", false, "at once")
order.flags().intP("times", "n", 1, "how often")
order.flags().stringSlice("with", ["milk"], "what comes with it")
order.flags().duration("wait", 1500000000, "how long")
order.flags().float64("price", 0, "at most")
order.flags().countP("verbose", "v", "say more")
order.persistentFlags().string("table", "", "which table")
const cancel = new Command({
    use: "cancel", aliases: ["stop"], short: "takes it back",
    run: (cmd, args) => console.log("cancelled", JSON.stringify(args), cmd.parent().name(), cmd.flags().getString("table"), cmd.flags().getString("why")),
})
cancel.flags().string("why", "", "the reason")
cancel.markFlagRequired("why")
order.addCommand(cancel)
$app.rootCmd.addCommand(order)
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


# What comes out of a command line with flags; or a part of what is told where it is wrong.
LINES = [
    ("tea", '[["tea"],"you",false,1,["milk"],1500000000,0,0,false,1,"you",0,"order","order",true]'),
    ("tea --for me -qn3 cake", '[["tea","cake"],"me",true,3,["milk"],1500000000,0,0,true,2,"me",3,"order","order",true]'),
    ("--times=2 --with a,b --with c", '[[],"you",false,2,["a","b","c"],1500000000,0,0,true,0,"you",2,"order","order",true]'),
    ("-n 0x10 --wait 1h0.5s --price 1e2 -vvv", '[[],"you",false,16,["milk"],3600500000000,100,3,true,0,"you",4,"order","order",true]'),
    ("--quick=false tea", '[["tea"],"you",false,1,["milk"],1500000000,0,0,false,1,"you",1,"order","order",true]'),
    ("--for= tea", '[["tea"],"",false,1,["milk"],1500000000,0,0,false,1,"",1,"order","order",true]'),
    ("-q=true -n=7 -", '[["-"],"you",true,7,["milk"],1500000000,0,0,true,1,"you",2,"order","order",true]'),
    ("--for -x tea", '[["tea"],"-x",false,1,["milk"],1500000000,0,0,false,1,"-x",1,"order","order",true]'),
    ("cancel --why late --table 7 now", 'cancelled ["now"] order 7 late'),
    ("--table 7 stop --why late", 'cancelled [] order 7 late'),
    ("--for cancel tea", '[["tea"],"cancel",'),
    ("cancel", 'required flag(s) "why" not set'),
    ("--none", "unknown flag: --none"),
    ("-qx", "unknown shorthand flag: 'x' in -x"),
    ("--times", "flag needs an argument: --times"),
    ("-n", "flag needs an argument: 'n' in -n"),
    ("--times x", 'invalid argument "x" for "-n, --times" flag'),
    ("--wait soon", 'invalid argument "soon" for "--wait" flag'),
    ("--quick=maybe", 'invalid argument "maybe" for "-q, --quick" flag'),
    ("--price x", 'invalid argument "x" for "--price" flag'),
    ("--=x", "bad flag syntax: --=x"),
]
HELP = ["Orders something, soon.", "order WHAT [flags]", "order [command]", "Examples:", "order tea", "takes it back",
        '--for whom', '(default "you")', "-q, --quick", "-n, --times int", "(default 1)", "--with strings", "(default [milk])",
        "--wait duration", "(default 1.5s)", "--price float", "-v, --verbose count", "--table string", "-h, --help"]


@pytest.fixture(scope="module", params=["reference", "martlet"])
def orders(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "pb_hooks").mkdir()
    (folder / "pb_hooks" / "commands.pb.js").write_text(HOOKS)
    assert run(request.param, folder, "superuser", "upsert", "a@example.com", "1234567890", "--dir", "pb_data")[0] == 0
    return lambda line: run(request.param, folder, "order", "--dir", "pb_data", *line.split())


@pytest.mark.parametrize("line, expected", LINES, ids=[line for line, _ in LINES])
def test_flags(orders, line, expected):
    code, said = orders(line)
    is_fine = expected[0] in "[c"
    assert expected in said and (code == 0) == is_fine
    assert ("Usage:" in said) == (not is_fine)
    assert ("first" in said) == (is_fine or "required" in said) and ("last" in said) == (is_fine and "cancelled" not in said)


def test_words_that_only_look_like_flags(orders):
    assert '"-q","--for"],"you",false' in orders("tea -- -q --for")[1]


@pytest.mark.parametrize("line", ["--help", "-h", "tea --help"])
def test_help(orders, line):
    code, said = orders(line)
    assert code == 0 and [part for part in HELP if part not in said] == []


def test_help_below(orders):
    code, said = orders("cancel --help")
    assert code == 0 and "Global Flags:" in said and "--table string" in said and "--why string" in said
