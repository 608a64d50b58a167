"""Cases in which Martlet answers differently from the reference server, with the reason.

A pattern is searched in the test's id. Such a test counts as expected to fail; what is listed here is a debt or a
decision, never an accident: docs/differences.md tells users of the decisions.
"""

KNOWN = [
    # Not there yet.
    (r"test_other_auth_routes", "the flows by mail, OTP and OAuth2 belong to the identity work"),
    (r"test_needs_a_superuser\[.*(oauth2-providers|backups|settings.test)|test_needs_a_superuser", "routes of later work"),
    (r"\[oauth2_providers\]|test_email_and_s3_checks", "routes of later work"),
    (r"test_delete_and_helper_rows|test_helper_collections\[007", "auth origins and providers belong to the identity work"),
    # On purpose.
    (r"test_bodies\[", "a write whose `fields` cannot be read is refused before it happens, not after"),
    (r"test_routing", "methods that are not registered are refused by the parser with 400"),
    (r"test_command_line", "an unknown subcommand is an error"),
    (r"test_sql_console|test_query\[05", "one statement is one statement"),
    (r"test_conditional_and_ranges", "entity tags; several ranges get the whole file"),
    (r"test_json\[050", "bodies nest 500 levels deep"),
    (r"test_batch\[049|test_raw_patch\[application/json-null", "the reference server answers 500"),
    # The reference server's own errors in arithmetic or quoting.
    (r"test_field_op_field\[.*~\]|test_guest_and_user\[58|test_superuser\[(355|367)\]|test_rule\[100\]|test_functions\[001",
     "LIKE on geoDistance: the reference server wraps its number arguments in %; last digits of the arithmetic differ"),
    # Texts of Go's decoder and of deeper errors.
    (r"test_import\[|test_rule\[(054|154)|test_patch\[048|test_index\[046|test_several_errors_at_once",
     "texts of internal errors inside messages"),
]

# Small differences found by the suite and not mended yet.
OPEN = [
    r"test_impersonate\[00[5-8]", r"test_what_ends_a_token", r"test_json\[03[45]", r"test_json\[003", r"test_multipart\[009",
    r"test_content_type\[01[34]", r"test_chunked_body", r"\[patch_type\]", r"\[create_null\]", r"test_auth_collection\[00[12]",
    r"test_auth_collection_update\[0(01|02|50|55|57)", r"test_field_list\[", r"test_schema_text_after_each_step",
    r"test_custom_key_pattern_without_generator\[002", r"\[025-\[\"a\"-", r"test_exact_number_text\[011",
    r"test_geo_point\[0(08|18)", r"test_relation\[012", r"test_sort_other\[v_posts-@rowid",
    r"test_request_values\[028", r"test_guest_and_user\[114", r"test_superuser\[229", r"test_authorization_header\[004",
    r"test_log_(filter|list)", r"test_excerpt\[(20|29|30)", r"test_fields\[051", r"test_change\[", r"test_patch\[(003|064|065)",
    r"test_raw_patch", r"test_superuser_ips_shut_out", r"test_query\[", r"test_dry_run_body\[003",
    r"test_token_elsewhere\[(two headers|lower case)", r"test_crons", r"test_fields\[052",
    # A record that the rate-limit cases leave behind on one side.
    r"test_records\[su-vault", r"test_expand_elsewhere\[su-vault", r"test_auth_collection_change", r"test_create_with\[051-\[\['a'\]\]-f", r"test_patch\[111",
]
