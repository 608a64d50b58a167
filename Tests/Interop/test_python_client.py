"""The PyPI client `pocketbase` against Martlet alone."""
import pytest

pocketbase = pytest.importorskip("pocketbase")
from pocketbase import PocketBase                                       # noqa: E402
from pocketbase.utils import ClientResponseError                        # noqa: E402

from servers import MARTLET_BIN, SU_EMAIL, SU_PASS, Server              # noqa: E402


@pytest.fixture(scope="module")
def server():
    with Server(MARTLET_BIN, "client") as s:
        yield s


@pytest.fixture(scope="module")
def admin(server):
    client = PocketBase(server.url)
    client.collection("_superusers").auth_with_password(SU_EMAIL, SU_PASS)
    return client


@pytest.fixture(scope="module")
def books(admin):
    people = admin.collections.create({"name": "people", "type": "auth", "fields": [{"name": "name", "type": "text"}],
        "listRule": "", "viewRule": "", "createRule": ""})
    created = admin.collections.create({
        "name": "books", "type": "base", "listRule": "", "viewRule": "", "createRule": "@request.auth.id != ''",
        "updateRule": "owner = @request.auth.id", "deleteRule": "owner = @request.auth.id",
        "fields": [{"name": "title", "type": "text", "required": True, "min": 2}, {"name": "pages", "type": "number"},
        {"name": "owner", "type": "relation", "collectionId": people.id, "maxSelect": 1},
                   {"name": "genres", "type": "select", "values": ["novel", "poem"], "maxSelect": 2}, {"name": "created",
                   "type": "autodate", "onCreate": True}, {"name": "updated", "type": "autodate", "onCreate": True,
                   "onUpdate": True}]})
    assert created.name == "books" and created.id.startswith("pbc_")
    return admin.collection("books")


@pytest.fixture(scope="module")
def ann(server, admin, books):
    admin.collection("people").create({"email": "ann@example.com", "password": "12345678", "passwordConfirm": "12345678",
        "name": "Ann"})
    client = PocketBase(server.url)
    result = client.collection("people").auth_with_password("ann@example.com", "12345678")
    assert result.token.count(".") == 2 and result.record.name == "Ann"
    return client


def error_of(call):
    with pytest.raises(ClientResponseError) as caught:
        call()
    return caught.value


def test_superuser_sign_in(admin):
    assert admin.auth_store.token.count(".") == 2
    assert admin.auth_store.model.collection_name == "_superusers"


def test_wrong_password(server):
    e = error_of(lambda: PocketBase(server.url).collection("_superusers").auth_with_password(SU_EMAIL, "nope"))
    assert e.status == 400 and e.data["message"] == "Failed to authenticate." and e.data["data"] == {}


def test_health(admin):
    assert admin.health.check().code == 200


def test_collections(admin, books):
    names = [c.name for c in admin.collections.get_full_list()]
    assert {"books", "people", "users", "_superusers"} <= set(names)
    one = admin.collections.get_one("books")
    assert [f["name"] if isinstance(f, dict) else f.name for f in one.fields][:2] == ["id", "title"]
    changed = admin.collections.update("books", {"listRule": "title != 'hidden'"})
    assert changed.list_rule == "title != 'hidden'"
    admin.collections.update("books", {"listRule": ""})


def test_crud(ann, books):
    mine = ann.auth_store.model.id
    book = ann.collection("books").create({"title": "Emma", "pages": 400, "owner": mine, "genres": ["novel"]})
    assert (book.title, book.pages, book.owner, book.genres) == ("Emma", 400, mine,
        ["novel"]) and len(book.id) == 15 and book.created.year > 2020
    changed = ann.collection("books").update(book.id, {"pages+": 10})
    assert changed.pages == 410
    assert ann.collection("books").get_one(book.id).title == "Emma"
    assert ann.collection("books").delete(book.id)
    assert error_of(lambda: ann.collection("books").get_one(book.id)).status == 404


def test_filter_sort_expand_and_full_list(ann, books):
    mine = ann.auth_store.model.id
    for i in range(25):
        books.create({"title": f"Book {i:02d}", "pages": i, "owner": mine if i % 2 else ""})
    page = ann.collection("books").get_list(2, 10, {"sort": "-pages", "filter": 'title ~ "Book"'})
    assert (page.page, page.per_page, page.total_items, page.total_pages) == (2, 10, 25, 3)
    assert [b.pages for b in page.items] == list(range(14, 4, -1))
    found = ann.collection("books").get_list(1, 5, {"filter": "pages > 3 && owner.name = 'Ann'", "sort": "pages",
        "expand": "owner"})
    assert [b.pages for b in found.items] == [5, 7, 9, 11, 13]
    assert found.items[0].expand["owner"].name == "Ann"
    first = ann.collection("books").get_first_list_item("pages = 7")
    assert first.title == "Book 07"
    everything = ann.collection("books").get_full_list(7, {"sort": "title"})
    assert [b.title for b in everything] == [f"Book {i:02d}" for i in range(25)]
    few = ann.collection("books").get_list(1, 1, {"fields": "title", "sort": "title"})
    assert few.items[0].title == "Book 00"


def test_error_shapes(server, ann, books):
    guest = PocketBase(server.url)
    e = error_of(lambda: guest.collection("books").create({"title": "x"}))
    assert e.status == 400 and e.data == {"data": {}, "message": "Failed to create record.", "status": 400}
    e = error_of(lambda: ann.collection("books").create({"title": "x"}))
    assert e.status == 400 and e.data["data"]["title"]["code"] == "validation_min_text_constraint"
    assert error_of(lambda: ann.collection("nope").get_list()).status == 404
    assert error_of(lambda: ann.collection("books").get_list(1, 5, {"filter": "nope = 1"})).status == 400
    assert error_of(lambda: ann.collections.get_full_list()).status == 403
    assert error_of(lambda: guest.collections.get_full_list()).status == 401
    assert error_of(lambda: ann.collection("books").get_first_list_item("pages = 999")).status == 404


def test_refresh_and_auth_methods(ann):
    before = ann.auth_store.token
    assert ann.collection("people").auth_refresh().token.count(".") == 2 and before
    methods = ann.collection("people").list_auth_methods()
    assert methods.email_password is True and methods.username_password is False


def test_settings_logs_crons(admin):
    assert admin.settings.get_all()["meta"]["appName"] == "Acme"
    assert admin.settings.update({"meta": {"appName": "Client"}})["meta"]["appName"] == "Client"
    assert admin.logs.get_list(1, 5).page == 1


def test_guest_sees_public_lists(server, books):
    guest = PocketBase(server.url)
    assert guest.collection("books").get_list(1, 1).total_items >= 0
    assert guest.collection("people").get_list(1, 1).items[0].name == "Ann"
