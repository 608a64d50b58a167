"""Random filter and rule expressions over the fixture schema, reproducible from a seed.

Everything random about a generated text comes from the given random.Random, so a number in a test id
always means the same text. Values of "now" are only used in comparisons that stay true for years.
"""
import random

from fixture_records import member, post, rid, tag

# identifiers of `posts` by kind
TEXTS = ["title", "kind", "mail", "link", "body", "id", "author", "team", "parent", "title:lower", "kind:lower"]
NUMBERS = ["n", "geo.lon", "geo.lat", "labels:length", "tags:length", "related:length", "author:length", "js.a", "js.A"]
OTHERS = ["flag", "when", "labels", "tags", "js", "js.b.c", "js.b.d.0", "js.list.0", "js.list", "js.null", "js.t", "geo", "pin",
    "doc", "pics", "js.deep.deep"]
SINGLE = ["author.name", "author.rank", "author.team.name", "author.team.level", "team.name", "team.level", "team.active",
    "team.geo.lon", "parent.title", "parent.n", "parent.parent.title", "parent.author.name", "author.prefs.lang", "author.id",
    "parent.js.a", "author.verified", "author.emailVisibility", "parent.kind"]
MULTI = ["tags.name", "tags.weight", "tags.id", "labels:each", "tags:each", "related.title", "related.n", "related.author.name",
    "related.tags.name", "comments_via_post.text", "comments_via_post.score", "comments_via_post.spam",
    "comments_via_post.by.name", "comments_via_post.by", "comments_via_post.mentions.name", "comments_via_post.mentions:length",
         "comments_via_post.mentions:each", "posts_via_parent.title", "posts_via_parent.n", "posts_via_related.title",
         "profiles_via_likes.bio", "author.profiles_via_member.likes.title", "author.comments_via_by.text",
         "parent.tags.weight", "team.posts_via_team.n", "author.posts_via_author.n", "notes_via_post.state",
         "notes_via_post.owner.name", "guards.level"]
UNIQUE_BACK = ["author.profiles_via_member.bio", "author.profiles_via_member.likes:length", "author.profiles_via_member.id"]
PRIVATE = ["secret", "ghost", "ghost.name", "author.email", "author.secret", "vault.name", "vault.worth",
    "comments_via_whisper.text", "team.motto", "author.email:lower"]
REQUEST = ["@request.auth.id", "@request.auth.name", "@request.auth.rank", "@request.auth.team.name",
    "@request.auth.collectionName", "@request.auth.verified", "@request.auth.nope", "@request.method", "@request.context",
    "@request.query.key", "@request.headers.x_key", "@request.auth.email", "@request.auth.posts_via_author.n",
    "@request.auth.prefs.lang", "@request.auth.role",
           "@request.query.none", "@request.headers.x_none", "@request.auth.profiles_via_member.bio"]
BODY = ["@request.body.title", "@request.body.n", "@request.body.title:isset", "@request.body.n:isset",
    "@request.body.none:isset", "@request.body.title:changed", "@request.body.tags:length", "@request.body.tags:each",
    "@request.body.tags.name", "@request.body.author.name", "@request.body.author", "@request.body.js.a",
    "@request.body.labels:each", "@request.body.none", "@request.body.title:lower",
        "@request.body.secret:isset", "@request.body.flag", "@request.body.labels:length", "@request.body.js",
        "@request.body.none.deep"]
FOREIGN = ["@collection.tags.name", "@collection.tags.weight", "@collection.tags:x.name", "@collection.members.id",
    "@collection.notes.owner", "@collection.notes:a.text", "@collection.comments.post", "@collection.comments:b.score",
    "@collection.vault.worth", "@collection.profiles.likes:length"]
FUNCTIONS = ["geoDistance(geo.lon, geo.lat, 12.5, 41.9)", "geoDistance(team.geo.lon, team.geo.lat, geo.lon, geo.lat)",
    "strftime('%Y', when)", "strftime('%m', when, '+1 month')", "strftime('%Y', parent.when)", "strftime('%d', '2024-03-04')",
    "strftime('%Y', related.when)"]
MACROS = ["@year", "@month", "@day", "@hour", "@weekday", "@yearStart", "@todayStart", "@monthEnd"]
WORDS = ["Hello", "hello", "t1", "T1", "a", "b", "news", "wiki", "red", "Blue", "Ann", "Bob", "first", "100%", "100\\%", "H%",
    "%o", "_", "5", "5.0", "1", "true", "draft", "live", "", "x", "Ünï", "back\\\\slash", "2024-01-02 03:04:05.678Z", "2024",
    "[]", "en", "gr_een%", "members", "GET", "default", "k", "e"]
IDS = [post(1), post(2), member(1), member(2), tag(1), rid("comm", 1)]
OPERATORS = ["=", "!=", ">", ">=", "<", "<=", "~", "!~"]
BROKEN = ["nope", "author.nope", "tags.nope.x", "nope_via_post.id", "comments_via_nope.id", "n:length:lower", "title:nope",
    "@nope", "@collection.nope.id", "'open", "js.list[0]", "n +", "geoDistance(1,2)", "strftime()", "()", "#x", ".5", "1e3",
    "@request.body.title:length", "author.team.posts_via_team.author.team.posts_via_team.author.team"]


class Grammar:
    def __init__(self, seed, rules=False, public=False):
        self.r = random.Random(seed)
        self.rules, self.public = rules, public

    def literal(self):
        r = self.r
        kind = r.random()
        if kind < 0.35:
            word = r.choice(WORDS)
            return f"'{word}'" if r.random() < 0.5 else f'"{word}"'
        if kind < 0.65:
            return r.choice(["0", "1", "2", "5", "7", "10", "-3", "2.5", "0.1", "1000000", "100"])
        if kind < 0.85:
            return r.choice(["null", "true", "false", "''", '""', "NULL", "True"])
        return f"'{r.choice(IDS)}'"

    def identifier(self):
        pools = [TEXTS, NUMBERS, NUMBERS, OTHERS, SINGLE, SINGLE, MULTI, MULTI, UNIQUE_BACK, FUNCTIONS, MACROS]
        if not self.public:
            pools += [PRIVATE, REQUEST, FOREIGN]
        elif self.r.random() < 0.04:
            pools = [PRIVATE, REQUEST, FOREIGN]
        if self.rules:
            pools += [REQUEST, BODY, BODY]
        return self.r.choice(self.r.choice(pools))

    def operand(self):
        if self.r.random() < 0.012:
            return self.r.choice(BROKEN)
        return self.identifier() if self.r.random() < 0.55 else self.literal()

    def comparison(self):
        r = self.r
        operator = r.choice(OPERATORS + ["=", "!=", "~"])
        if r.random() < 0.35:
            operator = "?" + operator
        left, right = (self.identifier() if r.random() < 0.85 else self.operand()), self.operand()
        if r.random() < 0.4:            # a literal that may well fit
            right = self.fitting(left)
        space = r.choice([" ", "", "  ", "\n", "\t"]) if r.random() < 0.2 else " "
        if not space and (left[-1:] + operator[:1] == "//"):
            space = " "
        return f"{left}{space}{operator}{space}{right}"

    def fitting(self, left):
        last = left.split(".")[-1]
        if last in ("n", "score", "weight", "level", "rank", "worth", "lon", "lat", "a",
            "A") or "length" in last or "geo" in left:
            return self.r.choice(["0", "1", "2", "3", "5", "7", "2.5", "12.5"])
        if last.split(":")[0] in ("flag", "active", "spam", "verified", "emailVisibility",
            "t") or ":isset" in left or ":changed" in left:
            return self.r.choice(["true", "false", "null"])
        if last in ("id", "author", "by", "team", "parent", "owner", "tags"):
            return f"'{self.r.choice(IDS)}'"
        return f"'{self.r.choice(WORDS[:22])}'"

    def expression(self, depth=0):
        r = self.r
        parts = []
        for _ in range(r.choice([1, 1, 1, 2, 2, 3]) if depth else r.choice([1, 1, 1, 2, 2, 3])):
            if depth < 3 and r.random() < 0.22:
                parts.append(f"({self.expression(depth + 1)})")
            else:
                parts.append(self.comparison())
        out = parts[0]
        for part in parts[1:]:
            out += r.choice([" && ", " || ", "&&", "||", " &&\n"]) + part
        if r.random() < 0.03:
            out += " // a comment"
        if r.random() < 0.01:
            out = out.replace("=", "==", 1)
        return out


def filters(count, seed=20240607, public=False):
    return [Grammar(f"{seed}-{i}", public=public).expression() for i in range(count)]


def rules(count, seed=777):
    return [Grammar(f"{seed}-{i}", rules=True).expression() for i in range(count)]
