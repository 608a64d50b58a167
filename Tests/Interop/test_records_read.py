"""Lists and single records: pagination, fields, excerpt, expand; visibility of fields and emails."""
import pytest

from cases import C, case, listing, q, records, run, table, values
from fixture_records import CALLERS, member, post, rid, tag

P = records("posts")
PAGING = [dict(page=p, perPage=n) for p in ("1", "2", "3", "99", "0", "-1", "x", "1.5", "", " 1", "1e1", "+1",
    "99999999999999999999") for n in ("5",)] + [dict(perPage=n) for n in ("0", "-1", "1", "500", "1000", "1001", "5000", "x",
    "1.0", "", "0x5", "１")] + \
    [dict(perPage=5, skipTotal=v) for v in ("1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False", "",
    "yes", "2", "tRUE", " 1")] + [dict(perPage=5, page=2, skipTotal=1), dict(page=99, skipTotal=1), dict(filter="n>1",
    perPage=2, page=2), dict(filter="1=2"), dict(sort="-n", perPage=3)]


@pytest.mark.parametrize("params", values(*PAGING))
def test_paging(pair, params):
    pair.same("GET", listing("posts", fields="id", **params))
    pair.same("GET", q(C, sort="name", fields="name", **{k: v for k, v in params.items() if k not in ("filter", "sort")}))


@pytest.mark.parametrize("query", values("?page=2&page=1&perPage=3&sort=id", "?PAGE=2&sort=id&fields=id",
    "?sort=id&fields=id&unknown=1", "?sort=id;fields=id", "?sort=id&fields=%69%64",
    "?sort=id&fields=id&filter=n%3D1&filter=n%3D2", "?&&sort=id&fields=id", "?sort=id&fields=id&filter", "?sort=%zz&fields=id",
    "?filter=%zz", "?sort=id&fields=id&perPage=2%20",
                                        "?", "?sort=+id&fields=id", "?sort=%2Bid&fields=id",
                                        "?sort=id&fields=id&filter=title%3D%22Hello%22+%26%26+n%3D1",
                                        "?expand=&sort=id&fields=id", "?filter=%00&fields=id",
                                        "?filter=title~%22%C3%9C%22&fields=id", "?filter=title~%22%ff%22&fields=id",
                                        "?sort=id&perPage=1#frag"))
def test_query_text(pair, query):
    pair.same("GET", P + query)


FIELDS = ["id", "id,title", " id , title ", "id,,title", ",", "", " ", "*", "nope", "id,nope", "expand", "*,expand.author.name",
    "expand.author.name", "expand.author.*", "expand.tags.name,id", "expand.author.team", "js", "js.a", "js.b.c", "js.b.d.e",
    "js.list", "js.nope", "geo.lon", "tags", "tags.x", "title.x", "title:excerpt(3)", "title:excerpt(3,true)",
    "title:excerpt(3,1)", "title:excerpt(3,false)",
          "title:excerpt(3,x)", "title:excerpt()", "title:excerpt", "title:excerpt(0)", "title:excerpt(-1)", "title:excerpt(x)",
          "title:excerpt(3,true,1)", "title:excerpt(3", "title:nope(3)", "title:excerpt( 3 , true )", "body:excerpt(5)",
          "body:excerpt(100)", "n:excerpt(1)", "js:excerpt(1)", "labels:excerpt(1)", "*:excerpt(4,true)",
          "expand.author.name:excerpt(1,true),id", "id,title:excerpt(2),title",
          "title,title:excerpt(2)", "*,title:excerpt(2)", "expand.*,id", "expand.*.name", "*.name", "secret", "items", "page",
          "collectionName,collectionId", "ID", "id.x", "a.b.c.d", "id)", "(id)", "'id'", "\"id\"", "id,'",
          "expand.author.email,expand.author.secret", "pin,doc,pics", "title:excerpt(99999999999999999999)",
          "expand.comments_via_post.text", "js.b.*", "js.*", "*,js.a"]


@pytest.mark.parametrize("fields", values(*FIELDS))
def test_fields(pair, fields):
    for caller in ("su", None):
        pair.same("GET", q(records("posts", post(1)), fields=fields, expand="author,tags,comments_via_post"), auth=caller)
        pair.same("GET", listing("posts", fields=fields, expand="author.team,tags", perPage=2), auth=caller)
    for path in ("/api/health", f"{C}/members/auth-methods", f"{C}/posts", "/api/settings", f"{C}/nope"):
        pair.same("GET", q(path, fields=fields))
    theirs, ours = (answer.json for answer in pair.send("GET", q("/api/crons", fields=fields)))
    if isinstance(theirs, list):                                # Martlet has a job of its own before them
        ours = ours[1:]
    assert ours == theirs


HTML = ["plain", "a  b\n\tc", "<p>a</p><p>b</p>", "a<br>b", "a<br/>b", "<b>a</b>b", "<div>a</div>b", "<script>x</script>a",
    "<style>x</style>a", "a<!-- c -->b", "&lt;a&gt; &amp; &nbsp;b", "<ul><li>1</li><li>2</li></ul>", "<a href='x'>link</a> t",
    "a < b > c", "<p>un<closed", "ünï 漢字 😀 text", "<table><tr><td>1</td><td>2</td></tr></table>",
        "<span>a</span><span>b</span>", "<h1>T</h1>text", "  lead", "a<img src=x>b", "<button>x</button>y",
        "<p>a <b> b </b> c</p>", "<svg><text>x</text></svg>z", "a&#65;b", "<em>a</em> <i>b</i>", "<pre>a\n  b</pre>",
        "<textarea>x</textarea>q", "<p>a</p>\n\n<p>b</p>", "<noscript>n</noscript>m", "<title>t</title>b", "x<sup>2</sup>",
        "<template>t</template>u", "<video>v</video>w", "<p></p>", "<", "a<b", "<x-y>c</x-y>d"]


@pytest.fixture(scope="module")
def html(pair):
    for i, text in enumerate(HTML):
        pair.send("POST", records("loose"), {"id": rid("html", i), "t": text})


@pytest.mark.parametrize("n", range(len(HTML)), ids=lambda i: f"{i:02d}")
def test_excerpt(pair, html, n):
    for size in ("1", "3", "3,true", "6,true", "200"):
        pair.same("GET", q(records("loose", rid("html", n)), fields=f"t:excerpt({size})"))


EXPANDS = ["author", "tags", "author,tags", " author , tags ", "author.team", "author.team.x", "author,author.team",
    "author.team,author", "parent", "parent.parent.parent.parent.parent.parent.parent", "parent.author.team", "related",
    "related.related", "related.author,related.tags", "nope", "nope.author", "author.nope", "title", "n,author", "", ",", ".",
    "author.", ".author", "author..team", "AUTHOR",
           "comments_via_post", "comments_via_post.by", "comments_via_post.mentions.team", "comments_via_post.post.author",
           "comments_via_nope", "nope_via_post", "comments(post)", "comments(post).by", "comments(post).by.team,tags",
           "pbc_comments_via_post", "COMMENTS_via_post", "posts_via_parent", "posts_via_parent.posts_via_parent",
           "posts_via_related", "profiles_via_likes.member", "author.profiles_via_member",
           "author.profiles_via_member.likes", "notes_via_post", "notes_via_post.owner", "vault", "guards", "ghost",
           "comments_via_whisper", "comments_via_text", "author.comments_via_by.post", "team.members_via_team",
           "team.staff_via_team", "team.posts_via_team.tags", "tags.posts_via_tags", "v_posts_via_author",
           "author.v_posts_via_author", "team.v_stats_via_team", "author,author,author", "js", "geo", "doc", "*",
           "author,nope,tags.nope", "comments_via_by",
           "author.posts_via_author.comments_via_post.by.team.members_via_team.profiles_via_member",
           "tags,tags.posts_via_tags.author", "parent.parent,parent.author"]


@pytest.mark.parametrize("expand", values(*EXPANDS))
def test_expand(pair, expand):
    for caller in ("su", None, "user1", "user2", "clerk"):
        pair.same("GET", listing("posts", expand=expand, perPage=100, fields=None), auth=caller)
        pair.same("GET", q(records("posts", post(1)), expand=expand), auth=caller)


@pytest.mark.parametrize("name,expand", [("members", "team,profiles_via_member.likes,posts_via_author"), ("members",
    "team.staff_via_team"), ("staff", "team"), ("comments", "post.author,mentions,by.profiles_via_member"), ("comments",
    "whisper"), ("profiles", "member.team,likes.tags"), ("notes", "owner,post"), ("v_posts", "author,tags,team"), ("v_posts",
    "comments_via_post"),
                                         ("v_stats", "team.members_via_team"), ("tags", "posts_via_tags,posts_via_ghost"),
                                         ("vault", "posts_via_vault"), ("guarded", "posts_via_guards")])
@pytest.mark.parametrize("caller", CALLERS)
def test_expand_elsewhere(pair, name, expand, caller):
    pair.same("GET", listing(name, expand=expand), auth=caller)


@pytest.mark.parametrize("caller", CALLERS + ["user3"])
def test_visibility(pair, caller):
    for i in range(1, 5):
        pair.same("GET", records("members", member(i)), auth=caller)
    for i in range(1, 4):
        pair.same("GET", records("staff", rid("staff", i)), auth=caller)
    for path in (listing("members"), listing("staff"), listing("posts", fields="id,secret,ghost"), listing("teams"),
        listing("tags"), listing("v_posts", fields="id,secret"), listing("comments", expand="by,mentions"),
        listing("_superusers", sort="email"), listing("users")):
        pair.same("GET", path, auth=caller)


CASES = [case(f"{m} {rid_!r}", m, f"{P}/{rid_}") for m in ("GET", "HEAD", "DELETE", "PATCH") for rid_ in ("nope", "post%2F1",
    "..%2f", "%20", "%00", "post00000000001x", "POST00000000001", "%E4", "'%20OR%201=1")]


@table(CASES + [case("get", "GET", f"{P}/{post(1)}"), case("head", "HEAD", f"{P}/{post(1)}"), case("slash", "GET",
    f"{P}/{post(1)}/"), case("list slash", "GET", P + "/"), case("head list", "HEAD", P), case("encoded name", "GET",
    f"{C}/%70osts/records?sort=id&fields=id"), case("upper name", "GET", f"{C}/POSTS/records?sort=id&fields=id,collectionName"),
                case("by id", "GET", f"{C}/pbc_posts/records?sort=id&fields=id"), case("put list", "PUT", P, body={}),
                case("put one", "PUT", f"{P}/{post(1)}", body={}), case("post one", "POST", f"{P}/{post(1)}", body={}),
                case("delete list", "DELETE", P), case("patch list", "PATCH", P, body={}), case("list with body", "GET",
                P + "?sort=id&fields=id", body={"a": 1}),
                case("list bad body", "GET", P, raw="{", headers={"Content-Type": "application/json"}), case("list text body",
                "GET", P, raw="x", headers={"Content-Type": "text/plain"}), case("list body no type", "GET", P, raw="{}"),
                case("view bad body", "GET", f"{P}/{post(1)}", raw="{", headers={"Content-Type": "application/json"})])
def test_paths(pair, c):
    run(pair, c)


def test_key_order_and_bytes(pair):
    """Whole bodies byte by byte where nothing is generated."""
    for path in (records("posts", post(1)), records("posts", post(6)), records("vault", rid("vault", 1)), listing("tags",
        filter=f"id='{tag(5)}'"), records("posts", "nope"), P + "?filter=x", records("teams", "team00000000002")):
        a, b = pair.send("GET", path)
        assert a.body == b.body
