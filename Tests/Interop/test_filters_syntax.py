"""Grammar of filters: tokens, comments, nesting, macros, functions, limits; valid or not must be equal."""
import pytest

from cases import C, listing, q, values
from fixture_records import member, post

SYNTAX = [
    "", " ", "()", "( )", "(n=1)", "((n=1))", "(n=1", "n=1)", "n=1 && ", "&& n=1", "n=1 & n=2", "n=1 | n=2", "n=1 and n=2",
    "n=1 && n=2", "n=1||n=2", "n=1 || n=2 && flag=true", "(n=1 || n=2) && flag=true", "flag=true && n=1 || n=2.5",
    "n = 1", "n=1 ", " n=1", "\tn\t=\t1\t", "\nn\n=\n1\n", "n\r=1", "n\v=1", "n=1\r\n", "n==1", "n=!1", "n=<1", "n=>1", "n<>1",
    "n!1", "!n=1", "n", "1", "'a'", "n=", "=1", "n 1", "n=1 n=2", "n=1, n=2", "n=1;n=2", "not n=1", "n in (1,2)",
    "n is null", "n like 1", "// only", "// c\nn=1", "n=1 // c", "n=1 // c\n&& flag=true", "n // c\n = 1", "n=1 /* c */",
    "/n=1", "title='// no comment'", "n=1 && // c\n flag = true", "n=1//", "//\nn=1", "n=1 // a\n // b\n", "(// c\nn=1)",
    "n=007", "n=-0", "n=.5", "n=1.", "n=1e3", "n=0x1", "n=--1", "n=1_0", "n=+1", "n=- 1", "n=1.5.5", "n=-1", "n=00.50",
    "n=999999999999999999999", "n=0.1", "n=1.0", "n=1 .0",
    "title='a", 'title="a', "title='a\"", "title=`a`", "title=''", 'title=""', "title='it\\'s'", 'title="a\\"b"',
    "title='\\\\'", "title='\\n'", "title='line\nbreak\ttab'", 'title="line\\nbreak\\ttab"', "title='Ünïcode ß 漢字'",
    "title='\\u0048ello'",
    'title="quote \' and \\" here"', "title='quote \\' and \" here'", "title='a''b'", "title='Hello' 'x'",
    "title='back\\slash'", "title='back\\\\slash'", "title = 'He' + 'llo'",
    "titel=1", "Title='Hello'", "TITLE='Hello'", "title.x=1", "n.x=1", "js.=1", "js..a=1", ".js=1", "js.a.=1", "js.a=1",
    "js.list[0]='p'", "js.list.0='p'", "js.list.00='p'", "js.list.-1='p'", "js.0=1", "js.1='two'", "js.2=null", "js.b.d.1.e=2",
    "js.deep.deep.deep='x'", "js.A=2", "js.null=null", "js.t=true", "js.ü=1", "geo.lon>0", "geo.x=1", "geo.lon.x=1",
    "geo.Lon>0", "title:=1", "title:lower='hello'", "title:upper='HELLO'", "title:lower:lower='hello'", "title:Lower='hello'",
    "title: lower='x'",
    "title:length=5", "title:each='x'", "title:changed=true", "title:isset=true", "n:length=1", "js:each=1", "labels:each='a'",
    "labels:length=2", "labels:length>1", "labels:lower='a'", "tags:lower~'T'", "author:lower='x'", "author.name:lower='ann'",
    "pics:length=0", "doc:length=0", "pics:each=''", "id:length=15", "null=null", "true=true", "1=1", "'a'='a'", "1=2",
    "true=false", "null=''", "null!=null", "True=TRUE", "Null=nUll", "nul=null", "undefined=1", "title=True", "#title=1",
    "_title=1", "@title=1",
    "title=@now", "when<@now", "when<@Now", "when<@nowx", "@now=@now", "@request=1", "@request.=1", "@collection=1",
    "@collection.tags=1", "@collection.tags.name='t1'", "@collection.nope.name=1", "@collection.tags.nope=1",
    "@collection.pbc_tags.name='t1'",
    "@collection.TAGS.name='t1'", "@collection.tags:a.name='t1'",
    "@collection.tags:a.name='t1' && @collection.tags:b.name='t2'", "@collection.tags.name='t1' && @collection.tags.name='t2'",
    "@collection.tags:.name='t1'", "@collection.tags:a:b.name='t1'",
    "@collection.tags.name?='t1' && @collection.tags.weight?=2",
    "@collection.tags:x.name?='t1' && @collection.tags:x.weight?=1", "@collection.members.team.name?='red'",
    "@collection.members.email?='bob@example.com'", "title?=@collection.tags.name",
    "@collection.posts.n ?> n", "@collection.comments.post ?= id",
    "@collection.comments.post ?= id && @collection.comments.score ?> 4", "@collection.vault.name ?= 'gold'",
    "@collection._superusers.email ?~ 'root'", "@collection.users.id = ''",
    "collectionId='pbc_posts'", "collectionName='posts'", "expand=''", "posts.title='x'", "author.collectionName='members'",
    "tags='x' && (n=1", "n=1 && (flag=true || (kind='news' && (title~'H')))", "((((((((((n=1))))))))))", "n=1&&flag=true||n=2",
    "id=id", "n=n", "title!=title", "author.team.name='red'", "author.id='x'", f"author.id='{member(1)}'",
    f"author='{member(1)}'", "author.nope='x'", "author.email='ann@example.com'", "author.password!=''", "author.tokenKey!=''",
    "pin=''", "pin!=''", "ghost.name='t1'", "secret='sesame'",
]


@pytest.mark.parametrize("text", values(*SYNTAX))
def test_filter_as_superuser(pair, text):
    pair.same("GET", listing("posts", filter=text, fields="id", perPage=100))


@pytest.mark.parametrize("text", values(*SYNTAX))
def test_filter_as_guest_and_user(pair, text):
    for caller in (None, "user1"):
        pair.same("GET", listing("posts", filter=text, fields="id", perPage=100), auth=caller)


MACROS = ["@now > '2024'", "@yesterday < @now", "@tomorrow > @now", "@todayStart <= @now", "@todayEnd >= @now",
    "@monthStart <= @todayStart", "@monthEnd >= @todayEnd", "@yearStart <= @monthStart", "@yearEnd >= @monthEnd",
    "@second >= 0", "@second <= 59",
          "@minute < 60", "@hour < 24", "@day >= 1 && @day <= 31", "@month <= 12", "@year > 2020",
          "@weekday >= 0 && @weekday < 7", "@year = '2024'", "@todayStart ~ '00:00:00.000Z'", "@todayEnd ~ '23:59:59.999Z'",
          "@monthStart ~ '-01 00:00:00.000Z'",
          "@yearStart ~ '-01-01 00:00:00.000Z'", "@yearEnd ~ '-12-31 23:59:59.999Z'", "@NOW > ''", "@today > ''", "@now.x > ''",
          "@now:lower > ''", "when > @now", "when < @yearStart", "@random = 1", "@rowid = 1", "@rowid > 0", "@weekday ~ 1",
          "@now != ''", "@second = null"]


@pytest.mark.parametrize("text", values(*MACROS))
def test_macros(pair, text):
    pair.same("GET", listing("posts", filter=text, fields="id", perPage=100))


D = "geoDistance"
FUNCTIONS = [f"{D}(geo.lon, geo.lat, 12.5, 41.9) < 10", f"{D}(geo.lon, geo.lat, 12.5, 41.9) = 0", f"{D}(0,0,0,0) = 0",
    f"{D}(0,0,0,1) > 111", f"{D}(0,0,180,0) > 20015", f"{D}(0,0,0) = 0", f"{D}(0,0,0,0,0) = 0", f"{D}() = 0",
    f"{D}(0,0,0,0,) = 0", f"{D} (0,0,0,0) = 0", f"{D}('0',0,0,0) = 0",
             f"{D}(n,n,n,n) = 0", f"{D}(geo.lon, geo.lat, team.geo.lon, team.geo.lat) < 5", f"{D}(title, 0,0,0) = 0",
                 f"{D}(null,0,0,0) = 0", f"{D}(true,0,0,0) = 0", f"{D}(nope,0,0,0) = 0",
                 f"{D}(related.geo.lon, related.geo.lat, 12, 41) < 100",
                 f"{D}(related.geo.lon, related.geo.lat, 12, 41) ?< 100",
             f"{D}({D}(0,0,0,0),0,0,0) = 0", f"{D}(-180,-90,180,90) > 0", "geodistance(0,0,0,0) = 0", "GEODISTANCE(0,0,0,0)=0",
                 f"{D}(geo.lon, geo.lat, 12.5, 41.9) != null", f"{D}(js.a, 0, 0, 0) != null", f"{D}(js.a, 0, 0, 0) = null",
                 f"{D}(0,0,0,0) ~ 0",
             "strftime('%Y', when) = '2024'", "strftime('%Y') >= '2024'", "strftime('%Y', when) = ''",
             "strftime('%Y', when) != ''", "strftime('%Y-%m', when, '+1 month') = '2024-02'",
             "strftime('%Y', when, '+1 year', '+1 year') = '2026'", "strftime() = ''", "strftime('%Y', 'x') = ''",
             "strftime('%Y', 2460000.5) = '2023'",
             "strftime('%s', '1970-01-02') = '86400'", "strftime(when) = ''", "strftime('%Y', strftime('%Y', when)) = ''",
             "strftime(1) = ''", "strftime('%w', when) > 1", "strftime('%Y', when, 1) = ''", "strftime('%Y', when, title) = ''",
             "strftime('%Y', comments_via_post.text) = ''", "strftime('%Y', related.when) = '2024'",
             "strftime('%Y', related.when) ?= '2024'", "strftime('%d', @now) != ''", "strftime('%Y', nope) = ''",
             "strftime('%H:%M', '2024-01-01 10:20:00Z') = '10:20'", "strftime('%Y', null) = ''",
             "strftime('a','b','c','d','e','f','g','h','i','j') = ''",
             "strftime('a','b','c','d','e','f','g','h','i','j','k') = ''",
             "lower(title) = 'hello'", "length(title) = 5", "count(tags) = 1", "abs(n) = 3", "now() = ''",
             "strftime('%Y', when) = strftime('%Y', when)", "strftime('%Y', js.a) = ''", "strftime('%Y', title) ~ '20'",
             "strftime('%Y',when,)='2024'", "strftime('%Y',,when)='2024'"]


@pytest.mark.parametrize("text", values(*FUNCTIONS))
def test_functions(pair, text):
    for caller in ("su", None):
        pair.same("GET", listing("posts", filter=text, fields="id", perPage=100), auth=caller)


REQUEST = ["@request.method = 'GET'", "@request.context = 'default'", "@request.query.page = '1'", "@request.query.page = 1",
    "@request.query.nope = ''", "@request.query.nope = null", "@request.query.nope:isset = false",
    "@request.query.page:isset = true", "@request.query.filter ~ 'request'",
           "@request.headers.x_test = 'Abc'", "@request.headers.x_test:lower = 'abc'", "@request.headers.X_Test = 'Abc'",
           "@request.headers.x_nope = ''", "@request.headers.x_nope:isset = false", "@request.headers.host ~ '127'",
           "@request.auth.id != ''", "@request.auth.email = 'root@example.com'",
           "@request.auth.collectionName = '_superusers'", "@request.auth.collectionId = 'pbc_3142635823'",
           "@request.auth.verified = true", "@request.auth.nope = null", "@request.auth.nope.x = ''", "@request.body.x = ''",
           "@request.body.x:isset = false", "@request.body.title = ''", "@request.body.author.name = ''",
           "@request.body.tags.name = ''", "@request.body.tags:length = 0", "@request.body.tags:each = ''",
           "@request.body.title:length = 0", "@request.body.title:changed = false", "@request.body.title:foo = 1",
           "@request.nope = 1", "@request.nope.x = null", "@request.body = ''", "@request.query = ''", "@request.auth = ''",
           "@request.method:lower = 'get'", "@request.method.x = 'get'", "@request.context.x = ''", "@request.data.x = ''",
           "@request.auth.tags_via_x.id = ''", "@request.query.page:lower = '1'", "@request.auth.id:isset = true",
           "@request.query.two = 'a'"]


@pytest.mark.parametrize("text", values(*REQUEST))
def test_request_values(pair, text):
    path = listing("posts", filter=text, fields="id", perPage=100, page=1) + "&two=a&two=b"
    for caller in ("su", None, "user1"):
        pair.same("GET", path, auth=caller, headers={"X-Test": "Abc"})
    pair.same("GET", path, headers={"X-Test": "Abc", "Content-Type": "application/json"},
        raw='{"title":"x","tags":["tag000000000001"],"x":1}')


def chain(steps, tail="title"):
    return ".".join(["parent"] * steps + [tail])


LIMITS = ["title='" + "x" * n + "'" for n in (3491, 3492, 3493)] + ["title='" + "ä" * n + "'" for n in (1746, 1747)] + \
    [" && ".join(["n=1"] * n) for n in (199, 200, 201, 202)] + ["(" * n + "n=1" + ")" * n for n in (5, 30, 60,
    200)] + [chain(n) + "='x'" for n in (4, 5, 6, 7)] + \
    [chain(n, "id") + "='x'" for n in (5, 6, 7)] + [chain(5, "posts_via_parent.title") + "='x'", chain(6,
    "posts_via_parent.title") + "='x'", chain(6, "js.a.b") + "='x'"] + \
    ["strftime('%Y', " * n + "when" + ")" * n + "='2024'" for n in (1, 2, 3, 4, 5)] + [" // " + "x" * 3600 + "\nn=1",
    "x" * 300 + "=1", "js." + "a" * 300 + "=1"]


@pytest.mark.parametrize("text", values(*LIMITS))
def test_limits(pair, text):
    pair.same("GET", listing("posts", filter=text, fields="id", perPage=100))


COLLECTION_FILTERS = ["name = 'posts'", "name ~ 'post'", "type = 'view'", "system = true", "created > '2024'",
    "updated > '2024'", "id = 'pbc_posts'", "fields ~ 'x'", "listRule = ''", "options ~ ''", "indexes ~ 'x'",
    "name:lower = 'posts'", "type='auth' && system=false", "nope = 1", "@now > created", "@request.method='GET'",
                      "viewQuery ~ 'x'", "name = null", "@rowid > 0", "name ?= 'posts'", "name.x = 1",
                      "@collection.posts.id ?= id"]


@pytest.mark.parametrize("text", values(*COLLECTION_FILTERS))
def test_collections_filter(pair, text):
    pair.same("GET", q(C, filter=text, sort="name", fields="id,name,type", perPage=100))


def test_ids_are_exact(pair):
    for rid in (post(1), post(1).upper(), post(1)[:-1], post(1) + " ", "%20" + post(1)):
        pair.same("GET", f"{C}/posts/records/{rid.replace(' ', '%20')}")
