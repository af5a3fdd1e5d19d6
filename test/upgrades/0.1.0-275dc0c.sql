CREATE SCHEMA coppice;
CREATE SCHEMA knowledge;
CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;
CREATE TABLE coppice.dead_letters (
    id text DEFAULT (gen_random_uuid())::text NOT NULL,
    job text NOT NULL,
    key text NOT NULL,
    collection text NOT NULL,
    partition text NOT NULL,
    run_id text NOT NULL,
    attempts integer NOT NULL,
    error jsonb NOT NULL,
    parameters jsonb NOT NULL,
    first_at timestamp with time zone DEFAULT now() NOT NULL,
    last_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE coppice.holds (
    collection text NOT NULL,
    row_id text NOT NULL,
    partition text NOT NULL,
    dates text NOT NULL,
    run_id text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE coppice.installation (
    id text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE coppice.items_3_documents (
    place bigint,
    part integer,
    id text
);
CREATE TABLE coppice.items_5_documents (
    place bigint,
    part integer,
    id text
);
CREATE TABLE coppice.leases (
    name text NOT NULL,
    generation bigint NOT NULL,
    run_id text,
    workflow_id text,
    namespace text,
    acquired_at timestamp with time zone
);
CREATE TABLE coppice.ledger_documents_chunks_248169f7 (
    id text NOT NULL,
    document_id text NOT NULL,
    text text,
    embedding public.vector,
    coppice_run bigint NOT NULL,
    coppice_day date NOT NULL,
    coppice_part integer NOT NULL,
    coppice_state text,
    coppice_xmin bigint,
    coppice_refused bigint
);
CREATE TABLE coppice.ledger_documents_rows_a187df6d (
    id text NOT NULL,
    workspace text,
    url text,
    title text,
    content text,
    content_hash text,
    quality real,
    fetched_at timestamp with time zone,
    expires_at timestamp with time zone,
    coppice_run bigint NOT NULL,
    coppice_day date NOT NULL,
    coppice_part integer NOT NULL,
    coppice_state text,
    coppice_xmin bigint,
    coppice_refused bigint
);
CREATE TABLE coppice.ledger_tables (
    name text NOT NULL,
    collection text NOT NULL,
    part text NOT NULL,
    columns jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE coppice.ledger_vectors (
    run_no bigint NOT NULL,
    day date NOT NULL,
    collection text NOT NULL,
    part_no integer NOT NULL,
    row_id text NOT NULL,
    vector_id text NOT NULL,
    properties jsonb NOT NULL,
    vectors jsonb NOT NULL,
    revision text
);
CREATE TABLE coppice.migrations (
    name character varying(255) NOT NULL,
    "timestamp" character varying(255) NOT NULL
);
CREATE TABLE coppice.migrations_lock (
    id character varying(255) NOT NULL,
    is_locked integer DEFAULT 0 NOT NULL
);
CREATE TABLE coppice.partition_locks (
    key text NOT NULL,
    collection text NOT NULL,
    partition text NOT NULL,
    epoch bigint NOT NULL,
    run_id text,
    workflow_id text,
    namespace text,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE coppice.run_partitions (
    run_no bigint NOT NULL,
    no integer NOT NULL,
    collection text NOT NULL,
    partition text NOT NULL,
    rows bigint NOT NULL,
    due bigint NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    after text,
    progress integer DEFAULT 0 NOT NULL,
    crashes integer DEFAULT 0 NOT NULL,
    totals jsonb DEFAULT '{}'::jsonb NOT NULL,
    removed bigint DEFAULT 0 NOT NULL,
    refused jsonb DEFAULT '[]'::jsonb NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone
);
CREATE TABLE coppice.runs (
    no bigint NOT NULL,
    run_id text NOT NULL,
    workflow_id text NOT NULL,
    namespace text NOT NULL,
    job text NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    parameters jsonb NOT NULL,
    requested_by text,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    cutoff timestamp with time zone,
    fingerprint text,
    survey jsonb,
    totals jsonb DEFAULT '{}'::jsonb NOT NULL,
    approval jsonb,
    undoes text,
    holder jsonb,
    error jsonb
);
ALTER TABLE coppice.runs ALTER COLUMN no ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME coppice.runs_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE knowledge.chunks (
    id text NOT NULL,
    document_id text NOT NULL,
    text text,
    embedding public.vector
);
CREATE TABLE knowledge.documents (
    id text NOT NULL,
    workspace text,
    url text,
    title text,
    content text,
    content_hash text,
    quality real,
    fetched_at timestamp with time zone,
    expires_at timestamp with time zone
);
INSERT INTO coppice.installation VALUES
	('c20c2614', '2026-11-29 08:34:10.842241+00');
INSERT INTO coppice.items_3_documents VALUES
	(1, 1, 'held0'),
	(2, 1, 'held12'),
	(3, 1, 'held15'),
	(4, 1, 'held18'),
	(5, 1, 'held21'),
	(6, 1, 'held24'),
	(7, 1, 'held27'),
	(8, 1, 'held3'),
	(9, 1, 'held30'),
	(10, 1, 'held33'),
	(11, 1, 'held36'),
	(12, 1, 'held39'),
	(13, 1, 'held42'),
	(14, 1, 'held45'),
	(15, 1, 'held48'),
	(16, 1, 'held51'),
	(17, 1, 'held54'),
	(18, 1, 'held57'),
	(19, 1, 'held6'),
	(20, 1, 'held9'),
	(21, 2, 'held1'),
	(22, 2, 'held10'),
	(23, 2, 'held13'),
	(24, 2, 'held16'),
	(25, 2, 'held19'),
	(26, 2, 'held22'),
	(27, 2, 'held25'),
	(28, 2, 'held28'),
	(29, 2, 'held31'),
	(30, 2, 'held34'),
	(31, 2, 'held37'),
	(32, 2, 'held4'),
	(33, 2, 'held40'),
	(34, 2, 'held43'),
	(35, 2, 'held46'),
	(36, 2, 'held49'),
	(37, 2, 'held52'),
	(38, 2, 'held55'),
	(39, 2, 'held58'),
	(40, 2, 'held7'),
	(41, 3, 'held11'),
	(42, 3, 'held14'),
	(43, 3, 'held17'),
	(44, 3, 'held2'),
	(45, 3, 'held20'),
	(46, 3, 'held23'),
	(47, 3, 'held26'),
	(48, 3, 'held29'),
	(49, 3, 'held32'),
	(50, 3, 'held35'),
	(51, 3, 'held38'),
	(52, 3, 'held41'),
	(53, 3, 'held44'),
	(54, 3, 'held47'),
	(55, 3, 'held5'),
	(56, 3, 'held50'),
	(57, 3, 'held53'),
	(58, 3, 'held56'),
	(59, 3, 'held59'),
	(60, 3, 'held8');
INSERT INTO coppice.items_5_documents VALUES
	(1, 1, 'open0'),
	(2, 1, 'open3'),
	(3, 1, 'open6'),
	(4, 2, 'open1'),
	(5, 2, 'open4'),
	(6, 2, 'open7'),
	(7, 3, 'open2'),
	(8, 3, 'open5'),
	(9, 3, 'open8');
INSERT INTO coppice.leases VALUES
	('ttl-cleanup', 3, '01a22670-cdff-7721-ac01-e0d2f8951413', 'coppice-c20c2614-ttl-cleanup-2026-11-29T083416Z-6a9997', 'default', '2026-11-29 08:34:16.759+00');
INSERT INTO coppice.ledger_documents_chunks_248169f7 VALUES
	('1', 'removed0', 'chunk 1', '[1,0.25,8]', 1, '2026-11-29', 1, NULL, NULL, NULL),
	('1', 'removed3', 'chunk 1', '[1,0.25,8]', 1, '2026-11-29', 1, NULL, NULL, NULL),
	('2', 'removed0', 'chunk 2', '[2,0.25,8]', 1, '2026-11-29', 1, NULL, NULL, NULL),
	('2', 'removed3', 'chunk 2', '[2,0.25,8]', 1, '2026-11-29', 1, NULL, NULL, NULL),
	('1', 'removed1', 'chunk 1', '[1,0.25,8]', 1, '2026-11-29', 2, NULL, NULL, NULL),
	('1', 'removed4', 'chunk 1', '[1,0.25,8]', 1, '2026-11-29', 2, NULL, NULL, NULL),
	('2', 'removed1', 'chunk 2', '[2,0.25,8]', 1, '2026-11-29', 2, NULL, NULL, NULL),
	('2', 'removed4', 'chunk 2', '[2,0.25,8]', 1, '2026-11-29', 2, NULL, NULL, NULL),
	('1', 'removed2', 'chunk 1', '[1,0.25,8]', 1, '2026-11-29', 3, NULL, NULL, NULL),
	('1', 'removed5', 'chunk 1', '[1,0.25,8]', 1, '2026-11-29', 3, NULL, NULL, NULL),
	('2', 'removed2', 'chunk 2', '[2,0.25,8]', 1, '2026-11-29', 3, NULL, NULL, NULL),
	('2', 'removed5', 'chunk 2', '[2,0.25,8]', 1, '2026-11-29', 3, NULL, NULL, NULL),
	('1', 'open0', 'chunk 1', '[1,0.25,5]', 5, '2026-11-29', 1, NULL, NULL, NULL),
	('1', 'open3', 'chunk 1', '[1,0.25,5]', 5, '2026-11-29', 1, NULL, NULL, NULL),
	('2', 'open0', 'chunk 2', '[2,0.25,5]', 5, '2026-11-29', 1, NULL, NULL, NULL),
	('2', 'open3', 'chunk 2', '[2,0.25,5]', 5, '2026-11-29', 1, NULL, NULL, NULL),
	('1', 'open6', 'chunk 1', '[1,0.25,5]', 5, '2026-11-29', 1, NULL, NULL, NULL),
	('2', 'open6', 'chunk 2', '[2,0.25,5]', 5, '2026-11-29', 1, NULL, NULL, NULL);
INSERT INTO coppice.ledger_documents_rows_a187df6d VALUES
	('removed0', 'w0', NULL, 'title of removed0', 'text of removed0', NULL, 0.5, '2026-11-26 08:34:10.862849+00', '2026-11-28 08:34:10.862849+00', 1, '2026-11-29', 1, NULL, NULL, NULL),
	('removed3', 'w0', NULL, 'title of removed3', 'text of removed3', NULL, 0.5, '2026-11-26 08:34:10.862849+00', '2026-11-28 08:34:10.862849+00', 1, '2026-11-29', 1, NULL, NULL, NULL),
	('removed1', 'w1', NULL, 'title of removed1', 'text of removed1', NULL, 0.5, '2026-11-26 08:34:10.862849+00', '2026-11-28 08:34:10.862849+00', 1, '2026-11-29', 2, NULL, NULL, NULL),
	('removed4', 'w1', NULL, 'title of removed4', 'text of removed4', NULL, 0.5, '2026-11-26 08:34:10.862849+00', '2026-11-28 08:34:10.862849+00', 1, '2026-11-29', 2, NULL, NULL, NULL),
	('removed2', 'w2', NULL, 'title of removed2', 'text of removed2', NULL, 0.5, '2026-11-26 08:34:10.862849+00', '2026-11-28 08:34:10.862849+00', 1, '2026-11-29', 3, NULL, NULL, NULL),
	('removed5', 'w2', NULL, 'title of removed5', 'text of removed5', NULL, 0.5, '2026-11-26 08:34:10.862849+00', '2026-11-28 08:34:10.862849+00', 1, '2026-11-29', 3, NULL, NULL, NULL),
	('open0', 'w0', NULL, 'title of open0', 'text of open0', NULL, 0.5, '2026-11-26 08:34:15.490405+00', '2026-11-28 08:34:15.490405+00', 5, '2026-11-29', 1, NULL, NULL, NULL),
	('open3', 'w0', NULL, 'title of open3', 'text of open3', NULL, 0.5, '2026-11-26 08:34:15.490405+00', '2026-11-28 08:34:15.490405+00', 5, '2026-11-29', 1, NULL, NULL, NULL),
	('open6', 'w0', NULL, 'title of open6', 'text of open6', NULL, 0.5, '2026-11-26 08:34:15.490405+00', '2026-11-28 08:34:15.490405+00', 5, '2026-11-29', 1, NULL, NULL, NULL);
INSERT INTO coppice.ledger_tables VALUES
	('ledger_documents_rows_a187df6d', 'documents', 'rows', '["id", "workspace", "url", "title", "content", "content_hash", "quality", "fetched_at", "expires_at"]', '2026-11-29 08:34:13.612295+00'),
	('ledger_documents_chunks_248169f7', 'documents', 'chunks', '["id", "document_id", "text", "embedding"]', '2026-11-29 08:34:13.612295+00');
INSERT INTO coppice.migrations VALUES
	('0001-initial', '2026-11-29T08:34:10.825Z');
INSERT INTO coppice.migrations_lock VALUES
	('migration_lock', 0);
INSERT INTO coppice.partition_locks VALUES
	('41ee43982c37b546d3daa6cfa99a31136b12ace989be13c32494f42b7e99a208', 'documents', 'w1', 1, NULL, NULL, NULL, '2026-11-29 08:34:13.756527+00'),
	('99c621f15ec91ea09b18e58743d0c80ea1235f9780b19a73ad2f9d8940127e61', 'documents', 'w2', 1, NULL, NULL, NULL, '2026-11-29 08:34:13.773266+00'),
	('0d8d614bd74e0f1c3c38dede60eb91b108e1d0d583b1a3312de780af7b4dcbf5', 'documents', 'w0', 2, NULL, NULL, NULL, '2026-11-29 08:34:16.937836+00');
INSERT INTO coppice.run_partitions VALUES
	(1, 1, 'documents', 'w0', 12, 2, 'done', 'removed3', 2, 0, '{"no_longer_due": 0, "deleted_vectors": 4, "deleted_documents": 2}', 2, '[]', '2026-11-29 08:34:13.722258+00', '2026-11-29 08:34:13.739578+00'),
	(1, 2, 'documents', 'w1', 12, 2, 'done', 'removed4', 2, 0, '{"no_longer_due": 0, "deleted_vectors": 4, "deleted_documents": 2}', 2, '[]', '2026-11-29 08:34:13.747912+00', '2026-11-29 08:34:13.756527+00'),
	(1, 3, 'documents', 'w2', 12, 2, 'done', 'removed5', 2, 0, '{"no_longer_due": 0, "deleted_vectors": 4, "deleted_documents": 2}', 2, '[]', '2026-11-29 08:34:13.763609+00', '2026-11-29 08:34:13.773266+00'),
	(3, 1, 'documents', 'w0', 30, 20, 'waiting', NULL, 0, 0, '{}', 0, '[]', NULL, NULL),
	(3, 2, 'documents', 'w1', 30, 20, 'waiting', NULL, 0, 0, '{}', 0, '[]', NULL, NULL),
	(3, 3, 'documents', 'w2', 30, 20, 'waiting', NULL, 0, 0, '{}', 0, '[]', NULL, NULL),
	(5, 2, 'documents', 'w1', 33, 3, 'waiting', NULL, 0, 0, '{}', 0, '[]', NULL, NULL),
	(5, 3, 'documents', 'w2', 33, 3, 'waiting', NULL, 0, 0, '{}', 0, '[]', NULL, NULL),
	(5, 1, 'documents', 'w0', 33, 3, 'done', 'open6', 2, 0, '{"no_longer_due": 0, "deleted_vectors": 6, "deleted_documents": 3}', 3, '[]', '2026-11-29 08:34:16.908943+00', '2026-11-29 08:34:16.937836+00');
INSERT INTO coppice.runs OVERRIDING SYSTEM VALUE VALUES
	(5, '01a22670-cdff-7721-ac01-e0d2f8951413', 'coppice-c20c2614-ttl-cleanup-2026-11-29T083416Z-6a9997', 'default', 'ttl-cleanup', 'sweep', 'running', '{}', 'recorder', '2026-11-29 08:34:16.717712+00', '2026-11-29 08:34:16.755127+00', NULL, '2026-11-29 08:34:16.819+00', '{"documents":"34e57669327759ee"}', '{"hash": "dc8e0cae1110b017b7d7fca55058759d0a42d8ac3de5cb155369b8015f02d699", "rows": 99, "share": 0.09090909090909091, "cutoff": "2026-11-29T08:34:16.819Z", "on_hold": 0, "unscoped": 0, "partitions": [{"rows": 33, "oldest": "2026-11-28T08:34:15.490Z", "reasons": {"expired": 3, "too_old": 0}, "partition": "w0", "collection": "documents", "sample_ids": ["open0", "open3", "open6"], "would_delete": 3}, {"rows": 33, "oldest": "2026-11-28T08:34:15.490Z", "reasons": {"expired": 3, "too_old": 0}, "partition": "w1", "collection": "documents", "sample_ids": ["open1", "open4", "open7"], "would_delete": 3}, {"rows": 33, "oldest": "2026-11-28T08:34:15.490Z", "reasons": {"expired": 3, "too_old": 0}, "partition": "w2", "collection": "documents", "sample_ids": ["open2", "open5", "open8"], "would_delete": 3}], "unreadable": 0, "would_hold": [], "would_delete": 9, "partition_count": 3}', '{}', NULL, NULL, NULL, NULL),
	(1, '01a22670-c0e5-7a91-bbc8-0c39049e310b', 'coppice-c20c2614-ttl-cleanup-2026-11-29T083413Z-911f98', 'default', 'ttl-cleanup', 'sweep', 'success', '{}', 'recorder', '2026-11-29 08:34:13.362934+00', '2026-11-29 08:34:13.516045+00', '2026-11-29 08:34:13.803992+00', '2026-11-29 08:34:13.613+00', '{"documents":"34e57669327759ee"}', '{"hash": "d5ed589e0561aef431ccbe9081bd6407f9b814170505c4e6e61030938fa78350", "rows": 36, "share": 0.16666666666666666, "cutoff": "2026-11-29T08:34:13.613Z", "on_hold": 0, "unscoped": 0, "partitions": [{"rows": 12, "oldest": "2026-11-28T08:34:10.862Z", "reasons": {"expired": 2, "too_old": 0}, "partition": "w0", "collection": "documents", "sample_ids": ["removed0", "removed3"], "would_delete": 2}, {"rows": 12, "oldest": "2026-11-28T08:34:10.862Z", "reasons": {"expired": 2, "too_old": 0}, "partition": "w1", "collection": "documents", "sample_ids": ["removed1", "removed4"], "would_delete": 2}, {"rows": 12, "oldest": "2026-11-28T08:34:10.862Z", "reasons": {"expired": 2, "too_old": 0}, "partition": "w2", "collection": "documents", "sample_ids": ["removed2", "removed5"], "would_delete": 2}], "unreadable": 0, "would_hold": [], "would_delete": 6, "partition_count": 3}', '{"no_longer_due": 0, "deleted_vectors": 12, "deleted_documents": 6}', NULL, NULL, NULL, NULL),
	(3, '01a22670-c7dc-7adf-b682-7c3601671f44', 'coppice-c20c2614-ttl-cleanup-2026-11-29T083415Z-2f9a5f', 'default', 'ttl-cleanup', 'sweep', 'held', '{}', 'recorder', '2026-11-29 08:34:15.155761+00', '2026-11-29 08:34:15.189699+00', '2026-11-29 08:34:15.302153+00', '2026-11-29 08:34:15.25+00', '{"documents":"34e57669327759ee"}', '{"hash": "f6a59f7f91683903c4c301593af7c67c43101fbb00fac619e2826975b484a134", "rows": 90, "share": 0.6666666666666666, "cutoff": "2026-11-29T08:34:15.250Z", "on_hold": 0, "unscoped": 0, "partitions": [{"rows": 30, "oldest": "2026-11-28T08:34:13.924Z", "reasons": {"expired": 20, "too_old": 0}, "partition": "w0", "collection": "documents", "sample_ids": ["held0", "held12", "held15", "held18", "held21"], "would_delete": 20}, {"rows": 30, "oldest": "2026-11-28T08:34:13.924Z", "reasons": {"expired": 20, "too_old": 0}, "partition": "w1", "collection": "documents", "sample_ids": ["held1", "held10", "held13", "held16", "held19"], "would_delete": 20}, {"rows": 30, "oldest": "2026-11-28T08:34:13.924Z", "reasons": {"expired": 20, "too_old": 0}, "partition": "w2", "collection": "documents", "sample_ids": ["held11", "held14", "held17", "held2", "held20"], "would_delete": 20}], "unreadable": 0, "would_hold": ["documents: 60 of 90 rows (66.7 %) would go; max_share allows 30 %"], "would_delete": 60, "partition_count": 3}', '{}', NULL, NULL, NULL, '{"hint": "Look with: coppice runs show 01a22670-c7dc-7adf-b682-7c3601671f44. Then: coppice approve 01a22670-c7dc-7adf-b682-7c3601671f44, or coppice reject 01a22670-c7dc-7adf-b682-7c3601671f44.", "name": "HeldError", "message": "documents: 60 of 90 rows (66.7 %) would go; max_share allows 30 %"}');
INSERT INTO knowledge.chunks VALUES
	('1', 'kept0', 'chunk 1', '[1,0.25,5]'),
	('1', 'kept1', 'chunk 1', '[1,0.25,5]'),
	('1', 'kept2', 'chunk 1', '[1,0.25,5]'),
	('1', 'kept3', 'chunk 1', '[1,0.25,5]'),
	('1', 'kept4', 'chunk 1', '[1,0.25,5]'),
	('1', 'kept5', 'chunk 1', '[1,0.25,5]'),
	('1', 'kept6', 'chunk 1', '[1,0.25,5]'),
	('1', 'kept7', 'chunk 1', '[1,0.25,5]'),
	('1', 'kept8', 'chunk 1', '[1,0.25,5]'),
	('1', 'kept9', 'chunk 1', '[1,0.25,5]'),
	('1', 'kept10', 'chunk 1', '[1,0.25,6]'),
	('1', 'kept11', 'chunk 1', '[1,0.25,6]'),
	('1', 'kept12', 'chunk 1', '[1,0.25,6]'),
	('1', 'kept13', 'chunk 1', '[1,0.25,6]'),
	('1', 'kept14', 'chunk 1', '[1,0.25,6]'),
	('1', 'kept15', 'chunk 1', '[1,0.25,6]'),
	('1', 'kept16', 'chunk 1', '[1,0.25,6]'),
	('1', 'kept17', 'chunk 1', '[1,0.25,6]'),
	('1', 'kept18', 'chunk 1', '[1,0.25,6]'),
	('1', 'kept19', 'chunk 1', '[1,0.25,6]'),
	('1', 'kept20', 'chunk 1', '[1,0.25,6]'),
	('1', 'kept21', 'chunk 1', '[1,0.25,6]'),
	('1', 'kept22', 'chunk 1', '[1,0.25,6]'),
	('1', 'kept23', 'chunk 1', '[1,0.25,6]'),
	('1', 'kept24', 'chunk 1', '[1,0.25,6]'),
	('1', 'kept25', 'chunk 1', '[1,0.25,6]'),
	('1', 'kept26', 'chunk 1', '[1,0.25,6]'),
	('1', 'kept27', 'chunk 1', '[1,0.25,6]'),
	('1', 'kept28', 'chunk 1', '[1,0.25,6]'),
	('1', 'kept29', 'chunk 1', '[1,0.25,6]'),
	('2', 'kept0', 'chunk 2', '[2,0.25,5]'),
	('2', 'kept1', 'chunk 2', '[2,0.25,5]'),
	('2', 'kept2', 'chunk 2', '[2,0.25,5]'),
	('2', 'kept3', 'chunk 2', '[2,0.25,5]'),
	('2', 'kept4', 'chunk 2', '[2,0.25,5]'),
	('2', 'kept5', 'chunk 2', '[2,0.25,5]'),
	('2', 'kept6', 'chunk 2', '[2,0.25,5]'),
	('2', 'kept7', 'chunk 2', '[2,0.25,5]'),
	('2', 'kept8', 'chunk 2', '[2,0.25,5]'),
	('2', 'kept9', 'chunk 2', '[2,0.25,5]'),
	('2', 'kept10', 'chunk 2', '[2,0.25,6]'),
	('2', 'kept11', 'chunk 2', '[2,0.25,6]'),
	('2', 'kept12', 'chunk 2', '[2,0.25,6]'),
	('2', 'kept13', 'chunk 2', '[2,0.25,6]'),
	('2', 'kept14', 'chunk 2', '[2,0.25,6]'),
	('2', 'kept15', 'chunk 2', '[2,0.25,6]'),
	('2', 'kept16', 'chunk 2', '[2,0.25,6]'),
	('2', 'kept17', 'chunk 2', '[2,0.25,6]'),
	('2', 'kept18', 'chunk 2', '[2,0.25,6]'),
	('2', 'kept19', 'chunk 2', '[2,0.25,6]'),
	('2', 'kept20', 'chunk 2', '[2,0.25,6]'),
	('2', 'kept21', 'chunk 2', '[2,0.25,6]'),
	('2', 'kept22', 'chunk 2', '[2,0.25,6]'),
	('2', 'kept23', 'chunk 2', '[2,0.25,6]'),
	('2', 'kept24', 'chunk 2', '[2,0.25,6]'),
	('2', 'kept25', 'chunk 2', '[2,0.25,6]'),
	('2', 'kept26', 'chunk 2', '[2,0.25,6]'),
	('2', 'kept27', 'chunk 2', '[2,0.25,6]'),
	('2', 'kept28', 'chunk 2', '[2,0.25,6]'),
	('2', 'kept29', 'chunk 2', '[2,0.25,6]'),
	('1', 'held0', 'chunk 1', '[1,0.25,5]'),
	('1', 'held1', 'chunk 1', '[1,0.25,5]'),
	('1', 'held2', 'chunk 1', '[1,0.25,5]'),
	('1', 'held3', 'chunk 1', '[1,0.25,5]'),
	('1', 'held4', 'chunk 1', '[1,0.25,5]'),
	('1', 'held5', 'chunk 1', '[1,0.25,5]'),
	('1', 'held6', 'chunk 1', '[1,0.25,5]'),
	('1', 'held7', 'chunk 1', '[1,0.25,5]'),
	('1', 'held8', 'chunk 1', '[1,0.25,5]'),
	('1', 'held9', 'chunk 1', '[1,0.25,5]'),
	('1', 'held10', 'chunk 1', '[1,0.25,6]'),
	('1', 'held11', 'chunk 1', '[1,0.25,6]'),
	('1', 'held12', 'chunk 1', '[1,0.25,6]'),
	('1', 'held13', 'chunk 1', '[1,0.25,6]'),
	('1', 'held14', 'chunk 1', '[1,0.25,6]'),
	('1', 'held15', 'chunk 1', '[1,0.25,6]'),
	('1', 'held16', 'chunk 1', '[1,0.25,6]'),
	('1', 'held17', 'chunk 1', '[1,0.25,6]'),
	('1', 'held18', 'chunk 1', '[1,0.25,6]'),
	('1', 'held19', 'chunk 1', '[1,0.25,6]'),
	('1', 'held20', 'chunk 1', '[1,0.25,6]'),
	('1', 'held21', 'chunk 1', '[1,0.25,6]'),
	('1', 'held22', 'chunk 1', '[1,0.25,6]'),
	('1', 'held23', 'chunk 1', '[1,0.25,6]'),
	('1', 'held24', 'chunk 1', '[1,0.25,6]'),
	('1', 'held25', 'chunk 1', '[1,0.25,6]'),
	('1', 'held26', 'chunk 1', '[1,0.25,6]'),
	('1', 'held27', 'chunk 1', '[1,0.25,6]'),
	('1', 'held28', 'chunk 1', '[1,0.25,6]'),
	('1', 'held29', 'chunk 1', '[1,0.25,6]'),
	('1', 'held30', 'chunk 1', '[1,0.25,6]'),
	('1', 'held31', 'chunk 1', '[1,0.25,6]'),
	('1', 'held32', 'chunk 1', '[1,0.25,6]'),
	('1', 'held33', 'chunk 1', '[1,0.25,6]'),
	('1', 'held34', 'chunk 1', '[1,0.25,6]'),
	('1', 'held35', 'chunk 1', '[1,0.25,6]'),
	('1', 'held36', 'chunk 1', '[1,0.25,6]'),
	('1', 'held37', 'chunk 1', '[1,0.25,6]'),
	('1', 'held38', 'chunk 1', '[1,0.25,6]'),
	('1', 'held39', 'chunk 1', '[1,0.25,6]');
INSERT INTO knowledge.chunks VALUES
	('1', 'held40', 'chunk 1', '[1,0.25,6]'),
	('1', 'held41', 'chunk 1', '[1,0.25,6]'),
	('1', 'held42', 'chunk 1', '[1,0.25,6]'),
	('1', 'held43', 'chunk 1', '[1,0.25,6]'),
	('1', 'held44', 'chunk 1', '[1,0.25,6]'),
	('1', 'held45', 'chunk 1', '[1,0.25,6]'),
	('1', 'held46', 'chunk 1', '[1,0.25,6]'),
	('1', 'held47', 'chunk 1', '[1,0.25,6]'),
	('1', 'held48', 'chunk 1', '[1,0.25,6]'),
	('1', 'held49', 'chunk 1', '[1,0.25,6]'),
	('1', 'held50', 'chunk 1', '[1,0.25,6]'),
	('1', 'held51', 'chunk 1', '[1,0.25,6]'),
	('1', 'held52', 'chunk 1', '[1,0.25,6]'),
	('1', 'held53', 'chunk 1', '[1,0.25,6]'),
	('1', 'held54', 'chunk 1', '[1,0.25,6]'),
	('1', 'held55', 'chunk 1', '[1,0.25,6]'),
	('1', 'held56', 'chunk 1', '[1,0.25,6]'),
	('1', 'held57', 'chunk 1', '[1,0.25,6]'),
	('1', 'held58', 'chunk 1', '[1,0.25,6]'),
	('1', 'held59', 'chunk 1', '[1,0.25,6]'),
	('2', 'held0', 'chunk 2', '[2,0.25,5]'),
	('2', 'held1', 'chunk 2', '[2,0.25,5]'),
	('2', 'held2', 'chunk 2', '[2,0.25,5]'),
	('2', 'held3', 'chunk 2', '[2,0.25,5]'),
	('2', 'held4', 'chunk 2', '[2,0.25,5]'),
	('2', 'held5', 'chunk 2', '[2,0.25,5]'),
	('2', 'held6', 'chunk 2', '[2,0.25,5]'),
	('2', 'held7', 'chunk 2', '[2,0.25,5]'),
	('2', 'held8', 'chunk 2', '[2,0.25,5]'),
	('2', 'held9', 'chunk 2', '[2,0.25,5]'),
	('2', 'held10', 'chunk 2', '[2,0.25,6]'),
	('2', 'held11', 'chunk 2', '[2,0.25,6]'),
	('2', 'held12', 'chunk 2', '[2,0.25,6]'),
	('2', 'held13', 'chunk 2', '[2,0.25,6]'),
	('2', 'held14', 'chunk 2', '[2,0.25,6]'),
	('2', 'held15', 'chunk 2', '[2,0.25,6]'),
	('2', 'held16', 'chunk 2', '[2,0.25,6]'),
	('2', 'held17', 'chunk 2', '[2,0.25,6]'),
	('2', 'held18', 'chunk 2', '[2,0.25,6]'),
	('2', 'held19', 'chunk 2', '[2,0.25,6]'),
	('2', 'held20', 'chunk 2', '[2,0.25,6]'),
	('2', 'held21', 'chunk 2', '[2,0.25,6]'),
	('2', 'held22', 'chunk 2', '[2,0.25,6]'),
	('2', 'held23', 'chunk 2', '[2,0.25,6]'),
	('2', 'held24', 'chunk 2', '[2,0.25,6]'),
	('2', 'held25', 'chunk 2', '[2,0.25,6]'),
	('2', 'held26', 'chunk 2', '[2,0.25,6]'),
	('2', 'held27', 'chunk 2', '[2,0.25,6]'),
	('2', 'held28', 'chunk 2', '[2,0.25,6]'),
	('2', 'held29', 'chunk 2', '[2,0.25,6]'),
	('2', 'held30', 'chunk 2', '[2,0.25,6]'),
	('2', 'held31', 'chunk 2', '[2,0.25,6]'),
	('2', 'held32', 'chunk 2', '[2,0.25,6]'),
	('2', 'held33', 'chunk 2', '[2,0.25,6]'),
	('2', 'held34', 'chunk 2', '[2,0.25,6]'),
	('2', 'held35', 'chunk 2', '[2,0.25,6]'),
	('2', 'held36', 'chunk 2', '[2,0.25,6]'),
	('2', 'held37', 'chunk 2', '[2,0.25,6]'),
	('2', 'held38', 'chunk 2', '[2,0.25,6]'),
	('2', 'held39', 'chunk 2', '[2,0.25,6]'),
	('2', 'held40', 'chunk 2', '[2,0.25,6]'),
	('2', 'held41', 'chunk 2', '[2,0.25,6]'),
	('2', 'held42', 'chunk 2', '[2,0.25,6]'),
	('2', 'held43', 'chunk 2', '[2,0.25,6]'),
	('2', 'held44', 'chunk 2', '[2,0.25,6]'),
	('2', 'held45', 'chunk 2', '[2,0.25,6]'),
	('2', 'held46', 'chunk 2', '[2,0.25,6]'),
	('2', 'held47', 'chunk 2', '[2,0.25,6]'),
	('2', 'held48', 'chunk 2', '[2,0.25,6]'),
	('2', 'held49', 'chunk 2', '[2,0.25,6]'),
	('2', 'held50', 'chunk 2', '[2,0.25,6]'),
	('2', 'held51', 'chunk 2', '[2,0.25,6]'),
	('2', 'held52', 'chunk 2', '[2,0.25,6]'),
	('2', 'held53', 'chunk 2', '[2,0.25,6]'),
	('2', 'held54', 'chunk 2', '[2,0.25,6]'),
	('2', 'held55', 'chunk 2', '[2,0.25,6]'),
	('2', 'held56', 'chunk 2', '[2,0.25,6]'),
	('2', 'held57', 'chunk 2', '[2,0.25,6]'),
	('2', 'held58', 'chunk 2', '[2,0.25,6]'),
	('2', 'held59', 'chunk 2', '[2,0.25,6]'),
	('1', 'open1', 'chunk 1', '[1,0.25,5]'),
	('1', 'open2', 'chunk 1', '[1,0.25,5]'),
	('1', 'open4', 'chunk 1', '[1,0.25,5]'),
	('1', 'open5', 'chunk 1', '[1,0.25,5]'),
	('1', 'open7', 'chunk 1', '[1,0.25,5]'),
	('1', 'open8', 'chunk 1', '[1,0.25,5]'),
	('2', 'open1', 'chunk 2', '[2,0.25,5]'),
	('2', 'open2', 'chunk 2', '[2,0.25,5]'),
	('2', 'open4', 'chunk 2', '[2,0.25,5]'),
	('2', 'open5', 'chunk 2', '[2,0.25,5]'),
	('2', 'open7', 'chunk 2', '[2,0.25,5]'),
	('2', 'open8', 'chunk 2', '[2,0.25,5]');
INSERT INTO knowledge.documents VALUES
	('kept0', 'w0', NULL, 'title of kept0', 'text of kept0', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept1', 'w1', NULL, 'title of kept1', 'text of kept1', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept2', 'w2', NULL, 'title of kept2', 'text of kept2', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept3', 'w0', NULL, 'title of kept3', 'text of kept3', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept4', 'w1', NULL, 'title of kept4', 'text of kept4', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept5', 'w2', NULL, 'title of kept5', 'text of kept5', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept6', 'w0', NULL, 'title of kept6', 'text of kept6', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept7', 'w1', NULL, 'title of kept7', 'text of kept7', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept8', 'w2', NULL, 'title of kept8', 'text of kept8', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept9', 'w0', NULL, 'title of kept9', 'text of kept9', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept10', 'w1', NULL, 'title of kept10', 'text of kept10', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept11', 'w2', NULL, 'title of kept11', 'text of kept11', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept12', 'w0', NULL, 'title of kept12', 'text of kept12', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept13', 'w1', NULL, 'title of kept13', 'text of kept13', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept14', 'w2', NULL, 'title of kept14', 'text of kept14', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept15', 'w0', NULL, 'title of kept15', 'text of kept15', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept16', 'w1', NULL, 'title of kept16', 'text of kept16', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept17', 'w2', NULL, 'title of kept17', 'text of kept17', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept18', 'w0', NULL, 'title of kept18', 'text of kept18', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept19', 'w1', NULL, 'title of kept19', 'text of kept19', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept20', 'w2', NULL, 'title of kept20', 'text of kept20', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept21', 'w0', NULL, 'title of kept21', 'text of kept21', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept22', 'w1', NULL, 'title of kept22', 'text of kept22', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept23', 'w2', NULL, 'title of kept23', 'text of kept23', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept24', 'w0', NULL, 'title of kept24', 'text of kept24', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept25', 'w1', NULL, 'title of kept25', 'text of kept25', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept26', 'w2', NULL, 'title of kept26', 'text of kept26', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept27', 'w0', NULL, 'title of kept27', 'text of kept27', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept28', 'w1', NULL, 'title of kept28', 'text of kept28', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('kept29', 'w2', NULL, 'title of kept29', 'text of kept29', NULL, 0.5, '2026-11-26 08:34:10.857637+00', '2026-12-29 08:34:10.857637+00'),
	('held0', 'w0', NULL, 'title of held0', 'text of held0', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held1', 'w1', NULL, 'title of held1', 'text of held1', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held2', 'w2', NULL, 'title of held2', 'text of held2', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held3', 'w0', NULL, 'title of held3', 'text of held3', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held4', 'w1', NULL, 'title of held4', 'text of held4', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held5', 'w2', NULL, 'title of held5', 'text of held5', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held6', 'w0', NULL, 'title of held6', 'text of held6', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held7', 'w1', NULL, 'title of held7', 'text of held7', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held8', 'w2', NULL, 'title of held8', 'text of held8', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held9', 'w0', NULL, 'title of held9', 'text of held9', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held10', 'w1', NULL, 'title of held10', 'text of held10', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held11', 'w2', NULL, 'title of held11', 'text of held11', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held12', 'w0', NULL, 'title of held12', 'text of held12', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held13', 'w1', NULL, 'title of held13', 'text of held13', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held14', 'w2', NULL, 'title of held14', 'text of held14', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held15', 'w0', NULL, 'title of held15', 'text of held15', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held16', 'w1', NULL, 'title of held16', 'text of held16', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held17', 'w2', NULL, 'title of held17', 'text of held17', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held18', 'w0', NULL, 'title of held18', 'text of held18', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held19', 'w1', NULL, 'title of held19', 'text of held19', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held20', 'w2', NULL, 'title of held20', 'text of held20', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held21', 'w0', NULL, 'title of held21', 'text of held21', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held22', 'w1', NULL, 'title of held22', 'text of held22', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held23', 'w2', NULL, 'title of held23', 'text of held23', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held24', 'w0', NULL, 'title of held24', 'text of held24', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held25', 'w1', NULL, 'title of held25', 'text of held25', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held26', 'w2', NULL, 'title of held26', 'text of held26', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held27', 'w0', NULL, 'title of held27', 'text of held27', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held28', 'w1', NULL, 'title of held28', 'text of held28', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held29', 'w2', NULL, 'title of held29', 'text of held29', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held30', 'w0', NULL, 'title of held30', 'text of held30', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held31', 'w1', NULL, 'title of held31', 'text of held31', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held32', 'w2', NULL, 'title of held32', 'text of held32', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held33', 'w0', NULL, 'title of held33', 'text of held33', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held34', 'w1', NULL, 'title of held34', 'text of held34', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held35', 'w2', NULL, 'title of held35', 'text of held35', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held36', 'w0', NULL, 'title of held36', 'text of held36', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held37', 'w1', NULL, 'title of held37', 'text of held37', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held38', 'w2', NULL, 'title of held38', 'text of held38', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held39', 'w0', NULL, 'title of held39', 'text of held39', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held40', 'w1', NULL, 'title of held40', 'text of held40', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held41', 'w2', NULL, 'title of held41', 'text of held41', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held42', 'w0', NULL, 'title of held42', 'text of held42', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held43', 'w1', NULL, 'title of held43', 'text of held43', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held44', 'w2', NULL, 'title of held44', 'text of held44', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held45', 'w0', NULL, 'title of held45', 'text of held45', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held46', 'w1', NULL, 'title of held46', 'text of held46', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held47', 'w2', NULL, 'title of held47', 'text of held47', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held48', 'w0', NULL, 'title of held48', 'text of held48', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held49', 'w1', NULL, 'title of held49', 'text of held49', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held50', 'w2', NULL, 'title of held50', 'text of held50', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held51', 'w0', NULL, 'title of held51', 'text of held51', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held52', 'w1', NULL, 'title of held52', 'text of held52', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held53', 'w2', NULL, 'title of held53', 'text of held53', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held54', 'w0', NULL, 'title of held54', 'text of held54', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held55', 'w1', NULL, 'title of held55', 'text of held55', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held56', 'w2', NULL, 'title of held56', 'text of held56', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held57', 'w0', NULL, 'title of held57', 'text of held57', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held58', 'w1', NULL, 'title of held58', 'text of held58', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('held59', 'w2', NULL, 'title of held59', 'text of held59', NULL, 0.5, '2026-11-26 08:34:13.924415+00', '2326-11-29 08:34:15.48921+00'),
	('open1', 'w1', NULL, 'title of open1', 'text of open1', NULL, 0.5, '2026-11-26 08:34:15.490405+00', '2026-11-28 08:34:15.490405+00'),
	('open2', 'w2', NULL, 'title of open2', 'text of open2', NULL, 0.5, '2026-11-26 08:34:15.490405+00', '2026-11-28 08:34:15.490405+00'),
	('open4', 'w1', NULL, 'title of open4', 'text of open4', NULL, 0.5, '2026-11-26 08:34:15.490405+00', '2026-11-28 08:34:15.490405+00'),
	('open5', 'w2', NULL, 'title of open5', 'text of open5', NULL, 0.5, '2026-11-26 08:34:15.490405+00', '2026-11-28 08:34:15.490405+00'),
	('open7', 'w1', NULL, 'title of open7', 'text of open7', NULL, 0.5, '2026-11-26 08:34:15.490405+00', '2026-11-28 08:34:15.490405+00'),
	('open8', 'w2', NULL, 'title of open8', 'text of open8', NULL, 0.5, '2026-11-26 08:34:15.490405+00', '2026-11-28 08:34:15.490405+00');
SELECT pg_catalog.setval('coppice.runs_no_seq', 6, true);
ALTER TABLE ONLY coppice.dead_letters
    ADD CONSTRAINT dead_letters_job_key_key UNIQUE (job, key);
ALTER TABLE ONLY coppice.dead_letters
    ADD CONSTRAINT dead_letters_pkey PRIMARY KEY (id);
ALTER TABLE ONLY coppice.holds
    ADD CONSTRAINT holds_pkey PRIMARY KEY (collection, row_id);
ALTER TABLE ONLY coppice.installation
    ADD CONSTRAINT installation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY coppice.leases
    ADD CONSTRAINT leases_pkey PRIMARY KEY (name);
ALTER TABLE ONLY coppice.ledger_tables
    ADD CONSTRAINT ledger_tables_pkey PRIMARY KEY (name);
ALTER TABLE ONLY coppice.migrations_lock
    ADD CONSTRAINT migrations_lock_pkey PRIMARY KEY (id);
ALTER TABLE ONLY coppice.migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (name);
ALTER TABLE ONLY coppice.partition_locks
    ADD CONSTRAINT partition_locks_pkey PRIMARY KEY (key);
ALTER TABLE ONLY coppice.run_partitions
    ADD CONSTRAINT run_partitions_pkey PRIMARY KEY (run_no, no);
ALTER TABLE ONLY coppice.runs
    ADD CONSTRAINT runs_no_key UNIQUE (no);
ALTER TABLE ONLY coppice.runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (run_id);
ALTER TABLE ONLY knowledge.chunks
    ADD CONSTRAINT chunks_pkey PRIMARY KEY (document_id, id);
ALTER TABLE ONLY knowledge.documents
    ADD CONSTRAINT documents_pkey PRIMARY KEY (id);
CREATE UNIQUE INDEX installation_single ON coppice.installation USING btree ((true));
CREATE UNIQUE INDEX items_3_documents_part_id_idx ON coppice.items_3_documents USING btree (part, id);
CREATE UNIQUE INDEX items_3_documents_part_place_idx ON coppice.items_3_documents USING btree (part, place);
CREATE UNIQUE INDEX items_5_documents_part_id_idx ON coppice.items_5_documents USING btree (part, id);
CREATE UNIQUE INDEX items_5_documents_part_place_idx ON coppice.items_5_documents USING btree (part, place);
CREATE INDEX ledger_documents_chunks_248169f7_coppice_run_coppice_part_idx ON coppice.ledger_documents_chunks_248169f7 USING btree (coppice_run, coppice_part);
CREATE INDEX ledger_documents_chunks_248169f7_coppice_run_coppice_part_idx1 ON coppice.ledger_documents_chunks_248169f7 USING btree (coppice_run, coppice_part) WHERE (coppice_state IS NOT NULL);
CREATE INDEX ledger_documents_rows_a187df6d_coppice_run_coppice_part_idx ON coppice.ledger_documents_rows_a187df6d USING btree (coppice_run, coppice_part);
CREATE INDEX ledger_documents_rows_a187df6d_coppice_run_coppice_part_idx1 ON coppice.ledger_documents_rows_a187df6d USING btree (coppice_run, coppice_part) WHERE (coppice_state IS NOT NULL);
CREATE INDEX ledger_vectors_row ON coppice.ledger_vectors USING btree (run_no, part_no, row_id);
CREATE INDEX runs_asked_at ON coppice.runs USING btree (asked_at DESC);
CREATE INDEX runs_workflow_id ON coppice.runs USING btree (workflow_id);
ALTER TABLE ONLY coppice.run_partitions
    ADD CONSTRAINT run_partitions_run_no_fkey FOREIGN KEY (run_no) REFERENCES coppice.runs(no) ON DELETE CASCADE;
ALTER TABLE ONLY knowledge.chunks
    ADD CONSTRAINT chunks_document_id_fkey FOREIGN KEY (document_id) REFERENCES knowledge.documents(id);
