/** Generated from the OpenAPI document by `npm run docs`: do not edit. */

export interface schemas {
  Approval: {
    survey_hash: string;
    by: string;
    at: string;
    held_run: string;
    approved_run: string | null;
    reason?: string | null;
  };
  Collection: {
    name: string;
    kind: string;
    mapped: boolean;
    place: string;
    fields: Record<string, string>;
    vectors: string | null;
    jobs: string[];
    days: { day: string; rows: number }[];
    drift: { rows_without_vectors: number; vectors_without_row: number; measured_at: string } | null;
  };
  DeadLetter: {
    id: string;
    job: string;
    collection: string;
    partition: string;
    run_id: string;
    attempts: number;
    error: schemas['Error'];
    parameters: Record<string, unknown>;
    first_at: string;
    last_at: string;
  };
  Deprecation: {
    graph: string;
    group_id: string;
    deprecated_documents: number;
    deprecated_edges: number;
    deprecated_vectors: number;
    missing: string[];
    gds_stale: true;
    maintenance: 'follows' | 'not asked for' | 'was stale already';
  };
  EntityPage: {
    entities: {
      collection: string;
      entity_id: string;
      entity_type: string;
      bot_id: string | null;
      attributes_before: number;
      attributes_after: number;
      categories_updated: string[];
      error: string | null;
    }[];
    next_cursor: string | null;
  };
  Error: { name: string; message: string; hint: string | null };
  Group: {
    graph: string;
    group_id: string;
    gds_stale: boolean;
    needs_gds_recompute: boolean;
    key: string;
    stale_since: string | null;
    stale_reason: string | null;
    items: number;
    communities: number | null;
    last_collection_at: string | null;
    last_recompute_at: string | null;
    consecutive_failures: number;
    last_error: string | null;
  };
  GroupDetail: {
    graph: string;
    group_id: string;
    gds_stale: boolean;
    needs_gds_recompute: boolean;
    key: string;
    stale_since: string | null;
    stale_reason: string | null;
    items: number;
    communities: number | null;
    last_collection_at: string | null;
    last_recompute_at: string | null;
    consecutive_failures: number;
    last_error: string | null;
    documents: number;
    entities: number;
    mentions: number;
    relations: number;
    vectors: number;
    results: { version: number; communities: number; computed_at: string } | null;
  };
  GroupPage: { groups: schemas['Group'][]; next_cursor: string | null };
  Health: {
    ok: boolean;
    checks: { name: string; ok: boolean; message: string }[];
    jobs: {
      id: string;
      last_run_at: string | null;
      last_success_at: string | null;
      last_failure_at: string | null;
      next_run: string | null;
      health: 'healthy' | 'failing' | 'unknown';
    }[];
  };
  Hold: { collection: string; id: string; partition: string; run_id: string; created_at: string };
  Job: {
    id: string;
    title: string;
    description: string;
    partition: string | null;
    effect: 'removes' | 'changes' | 'adds' | 'replaces' | 'computes' | null;
    undo: boolean;
    collections: string[];
    parameters: Record<
      string,
      {
        type: 'integer' | 'number' | 'boolean' | 'string';
        value: number | string | boolean | null;
        default: number | string | boolean | null;
        unit: string | null;
        minimum: number | null;
        maximum: number | null;
        choices: string[] | null;
        can_be_off: boolean;
        description: string;
      }
    >;
    schedules: schemas['ScheduleDefinition'][];
    brake: Record<string, number>;
  };
  JobDetail: {
    id: string;
    title: string;
    description: string;
    partition: string | null;
    effect: 'removes' | 'changes' | 'adds' | 'replaces' | 'computes' | null;
    undo: boolean;
    collections: string[];
    parameters: Record<
      string,
      {
        type: 'integer' | 'number' | 'boolean' | 'string';
        value: number | string | boolean | null;
        default: number | string | boolean | null;
        unit: string | null;
        minimum: number | null;
        maximum: number | null;
        choices: string[] | null;
        can_be_off: boolean;
        description: string;
      }
    >;
    schedules: schemas['ScheduleDefinition'][];
    brake: Record<string, number>;
    stats: schemas['JobStats'];
  };
  JobStats: {
    job: string;
    executions: number;
    succeeded: number;
    failed: number;
    running: number;
    pending: number;
    success_rate: number | null;
    failure_rate: number | null;
    mean_duration_ms: number | null;
    consecutive_failures: number;
    last_run_at: string | null;
    last_success_at: string | null;
    last_failure_at: string | null;
    last_usage: schemas['WorkerUsage'] | null;
    health: 'healthy' | 'failing' | 'unknown';
  };
  Lease: {
    name: string;
    generation: number;
    run_id: string | null;
    workflow_id: string | null;
    namespace: string | null;
    acquired_at: string | null;
  };
  Overview: {
    needs_you: {
      held: {
        count: number;
        runs: {
          run_id: string;
          job: string;
          since: string;
          due: number;
          would_delete: number;
          share: number;
          would_hold: string[];
          partition_count: number;
        }[];
      };
      dead_letters: { job: string; count: number }[];
      alerts: { count: number; latest: { rule: string; subject: string; message: string; since: string }[] };
      paused_schedules: { schedule_id: string; job: string; since: string }[];
      skipped_schedules: { schedule_id: string; job: string; starts: number }[];
      paused_runs: number | null;
      proposals: number;
    };
    changed: { collection: string; job: string; name: string; count: number }[];
    days: { day: string; collection: string; name: string; count: number }[];
    surveys: {
      job: string;
      run_id: string;
      at: string;
      due: number;
      rows: number;
      collections: { collection: string; due: number; rows: number }[];
    }[];
    open_runs: number;
  };
  ParametersInput: {
    batch_size?: number;
    max_age_days?: number | null | 'off' | number;
    fetches_at_once?: number;
    threshold_days?: number;
    minimum_quality_score?: number;
    lifetime_days?: number;
    least_share?: number;
    grace_days?: number;
    daily_decay?: number;
    half_life_days?: number | null | 'off';
    minimum_score?: number;
    importance_floor?: number;
    write?: string;
    bot_id?: string;
    tier?: string;
    max_score?: number;
    ignore_decay_since?: string;
    entity_id?: string;
    entity_type?: string;
    model?: string;
    max_share?: number;
    max_calls?: number;
    max_tokens?: number;
    apply?: 'all' | 'accepted';
    reask?: boolean;
    dry_run?: boolean;
    collectors?: string;
    recompute?: 'needed' | 'always' | 'never';
    debounce_seconds?: number;
    longest_wait_seconds?: number;
    group?: string;
    scope?: 'needed' | 'all';
    algorithm?: 'leiden' | 'louvain';
    resolution?: number;
    max_iterations?: number;
    damping?: number;
    max_rank_iterations?: number;
    tolerance?: number;
    seed?: number;
    max_nodes?: number;
    max_edges?: number;
    history_retention_days?: number;
    ledger_retention_days?: number;
  };
  Preview: {
    run_id: null;
    workflow_id: null;
    job: string;
    kind: schemas['RunKind'];
    status: schemas['RunStatus'];
    started_at: string | null;
    finished_at: string | null;
    duration_ms: number | null;
    parameters: Record<string, unknown>;
    totals: Record<string, number>;
    partitions: Record<string, number>;
    dead_letters: number;
    approval: schemas['Approval'] | null;
    rejection?: schemas['Rejection'];
    undoes: string | null;
    holder: { workflow_id: string; run_id: string } | null;
    error: schemas['Error'] | null;
    failed_collections: { collection: string; error: schemas['Error'] }[];
    worker: schemas['WorkerUsage'] | null;
    notes?: string[];
    survey?: schemas['Survey'];
  };
  Proposal: {
    id: string;
    job: string;
    collection: string;
    entity_id: string;
    entity_type: string;
    bot_id: string | null;
    state: schemas['ProposalState'];
    due: number;
    problem: string | null;
    model: string | null;
    prompt_version: string | null;
    calls: number;
    tokens: number;
    created_at: string;
    answered_at: string | null;
    decided_at: string | null;
    decided_by: string | null;
  };
  ProposalDetail: {
    id: string;
    job: string;
    collection: string;
    entity_id: string;
    entity_type: string;
    bot_id: string | null;
    state: schemas['ProposalState'];
    due: number;
    problem: string | null;
    model: string | null;
    prompt_version: string | null;
    calls: number;
    tokens: number;
    created_at: string;
    answered_at: string | null;
    decided_at: string | null;
    decided_by: string | null;
    lines: { line: number; category: string; key: string; value: string }[];
    changes: {
      decided_by: 'rules' | 'model';
      lines: number[];
      reason: string;
      by: number | null;
      added: { category: string; key: string; value: string } | null;
    }[];
  };
  ProposalPage: { proposals: schemas['Proposal'][]; next_cursor: string | null };
  ProposalState:
    | 'asking'
    | 'proposed'
    | 'nothing'
    | 'unusable'
    | 'accepted'
    | 'rejected'
    | 'never'
    | 'applied'
    | 'undone'
    | 'outdated';
  ProposalStateInput:
    | 'asking'
    | 'proposed'
    | 'nothing'
    | 'unusable'
    | 'accepted'
    | 'rejected'
    | 'never'
    | 'applied'
    | 'undone'
    | 'outdated';
  Rejection: { by: string; at: string; reason: string | null };
  Run: {
    run_id: string;
    workflow_id: string;
    job: string;
    kind: schemas['RunKind'];
    status: schemas['RunStatus'];
    started_at: string | null;
    finished_at: string | null;
    duration_ms: number | null;
    parameters: Record<string, unknown>;
    totals: Record<string, number>;
    partitions: Record<string, number>;
    dead_letters: number;
    approval: schemas['Approval'] | null;
    rejection?: schemas['Rejection'];
    undoes: string | null;
    holder: { workflow_id: string; run_id: string } | null;
    error: schemas['Error'] | null;
    failed_collections: { collection: string; error: schemas['Error'] }[];
    worker: schemas['WorkerUsage'] | null;
    notes?: string[];
    survey?: schemas['Survey'];
  };
  RunDetail: {
    run_id: string;
    workflow_id: string;
    job: string;
    kind: schemas['RunKind'];
    status: schemas['RunStatus'];
    started_at: string | null;
    finished_at: string | null;
    duration_ms: number | null;
    parameters: Record<string, unknown>;
    totals: Record<string, number>;
    partitions: Record<string, number>;
    dead_letters: number;
    approval: schemas['Approval'] | null;
    rejection?: schemas['Rejection'];
    undoes: string | null;
    holder: { workflow_id: string; run_id: string } | null;
    error: schemas['Error'] | null;
    failed_collections: { collection: string; error: schemas['Error'] }[];
    worker: schemas['WorkerUsage'] | null;
    notes?: string[];
    survey?: schemas['Survey'];
    requested_by: string | null;
    reason: string | null;
    asked_at: string;
    superseded: { collection: string; id: string }[];
    findings: {
      collection: string;
      kind: 'spared' | 'not_restored' | 'differs';
      reason: 'referenced' | 'exists' | 'missing_reference' | 'refused' | 'changed';
      code: string | null;
      constraint: string | null;
      table: string | null;
      column: string | null;
      id: string | null;
      key: string | null;
      documents: number;
    }[];
    left_alone: {
      collection: string;
      id: string;
      outcome: 'refreshed' | 'unchanged' | 'gone' | 'refused' | 'failed' | 'changed_meanwhile';
      reason: string | null;
    }[];
    dead_letter_ids: string[];
    waiting_for: string | null;
  };
  RunItemPage: {
    items: {
      effect: 'removed' | 'changed' | 'added';
      kind: string;
      collection: string;
      partition: string;
      id: string;
      field: string | null;
      before: Record<string, string | null> | null;
      after: Record<string, string | null> | null;
      refused: boolean;
      reason: string | null;
    }[];
    content: boolean;
    left_out: { collection: string; reason: string }[];
    next_cursor: string | null;
  };
  RunKind: 'sweep' | 'preview' | 'undo' | 'task';
  RunPage: { runs: schemas['Run'][]; next_cursor: string | null };
  RunStatus:
    | 'pending'
    | 'running'
    | 'success'
    | 'partial'
    | 'failed'
    | 'held'
    | 'skipped'
    | 'rejected'
    | 'cancelled'
    | 'preview';
  RunStatusInput:
    | 'pending'
    | 'running'
    | 'success'
    | 'partial'
    | 'failed'
    | 'held'
    | 'skipped'
    | 'rejected'
    | 'cancelled'
    | 'preview';
  Schedule: {
    schedule_id: string;
    job: string;
    paused: boolean;
    note: string | null;
    next_run: string | null;
    next_runs: string[];
    last_run: string | null;
    runs: number;
    skipped: number;
    missed: number;
  };
  ScheduleDefinition: {
    name?: string;
    cron?: string;
    every_seconds?: number;
    once?: string;
    parameters?: Record<string, number | string | boolean | null>;
    catch_up_window_seconds?: number;
    enabled?: boolean;
  };
  Session: {
    token: string;
    scope: 'read' | 'run' | 'admin';
    content: boolean;
    limited: boolean;
    installation: string | null;
    version: string;
    namespace: string;
    temporal_ui_url: string | null;
    expires_at: string | null;
  };
  Survey: {
    cutoff: string;
    hash: string;
    rows: number;
    due?: number;
    would_delete: number;
    share: number;
    would_hold: string[];
    unscoped: number;
    unreadable: number;
    on_hold: number;
    partition_count: number;
    collections?: {
      collection: string;
      rows: number;
      due: number;
      share: number;
      share_of: 'collection' | 'table';
      share_rows: number;
      unscoped: number;
      unreadable: number;
      partition_count: number;
      notes?: string[];
      children?: Record<string, number>;
      updates?: { column: string; hot: boolean; indexes: string[] };
    }[];
    partitions: {
      collection: string;
      partition: string;
      rows: number;
      due?: number;
      would_delete: number;
      reasons: Record<string, number>;
      oldest: string | null;
      sample_ids: string[];
    }[];
  };
  WorkerUsage: { peak_memory_bytes: number; cpu_ms: number; worked_ms: number };
}

export interface Operations {
  'GET /api/v1/session': { path: null; query: null; body: null; answer: schemas['Session'] };
  'GET /api/v1/overview': { path: null; query: null; body: null; answer: schemas['Overview'] };
  'GET /api/v1/collections': { path: null; query: null; body: null; answer: { collections: schemas['Collection'][] } };
  'GET /api/v1/runs/{run}/items': {
    path: { run: string };
    query: { limit?: number; cursor?: string };
    body: null;
    answer: schemas['RunItemPage'];
  };
  'GET /api/v1/jobs': { path: null; query: null; body: null; answer: { jobs: schemas['Job'][] } };
  'GET /api/v1/jobs/{job}': { path: { job: string }; query: null; body: null; answer: schemas['JobDetail'] };
  'POST /api/v1/jobs/{job}/runs': {
    path: { job: string };
    query: null;
    body: { parameters?: schemas['ParametersInput']; preview?: boolean } | null;
    answer: schemas['Run'];
  };
  'POST /api/v1/jobs/{job}/preview': {
    path: { job: string };
    query: null;
    body: { parameters?: schemas['ParametersInput'] } | null;
    answer: schemas['Preview'];
  };
  'GET /api/v1/runs': {
    path: null;
    query: { job?: string; status?: schemas['RunStatusInput']; since?: string; limit?: number; cursor?: string };
    body: null;
    answer: schemas['RunPage'];
  };
  'GET /api/v1/runs/{run}': { path: { run: string }; query: null; body: null; answer: schemas['RunDetail'] };
  'POST /api/v1/runs/{run}/approve': {
    path: { run: string };
    query: null;
    body: { hash?: string; reason?: string } | null;
    answer: schemas['Run'];
  };
  'POST /api/v1/runs/{run}/reject': {
    path: { run: string };
    query: null;
    body: { reason?: string } | null;
    answer: schemas['Run'];
  };
  'POST /api/v1/runs/{run}/cancel': { path: { run: string }; query: null; body: null; answer: schemas['Run'] };
  'POST /api/v1/runs/{run}/undo': {
    path: { run: string };
    query: null;
    body: { reason?: string } | null;
    answer: schemas['Run'];
  };
  'GET /api/v1/runs/{run}/events': { path: { run: string }; query: null; body: null; answer: unknown };
  'GET /api/v1/dead-letters': {
    path: null;
    query: { job?: string };
    body: null;
    answer: { dead_letters: schemas['DeadLetter'][] };
  };
  'GET /api/v1/dead-letters/{dead_letter}': {
    path: { dead_letter: string };
    query: null;
    body: null;
    answer: schemas['DeadLetter'];
  };
  'DELETE /api/v1/dead-letters/{dead_letter}': {
    path: { dead_letter: string };
    query: null;
    body: null;
    answer: schemas['DeadLetter'];
  };
  'POST /api/v1/dead-letters/{dead_letter}/retry': {
    path: { dead_letter: string };
    query: null;
    body: null;
    answer: schemas['Run'];
  };
  'GET /api/v1/holds': {
    path: null;
    query: { collection?: string; partition?: string; id?: string; run?: string };
    body: null;
    answer: { holds: schemas['Hold'][] };
  };
  'POST /api/v1/holds/lift': {
    path: null;
    query: null;
    body: { collection?: string; partition?: string; id?: string; run?: string };
    answer: { lifted: number };
  };
  'GET /api/v1/proposals': {
    path: null;
    query: {
      job?: string;
      collection?: string;
      entity_id?: string;
      state?: schemas['ProposalStateInput'];
      limit?: number;
      cursor?: string;
    };
    body: null;
    answer: schemas['ProposalPage'];
  };
  'GET /api/v1/proposals/{proposal}': {
    path: { proposal: string };
    query: null;
    body: null;
    answer: schemas['ProposalDetail'];
  };
  'POST /api/v1/proposals/{proposal}/accept': {
    path: { proposal: string };
    query: null;
    body: null;
    answer: schemas['ProposalDetail'];
  };
  'POST /api/v1/proposals/{proposal}/reject': {
    path: { proposal: string };
    query: null;
    body: null;
    answer: schemas['ProposalDetail'];
  };
  'POST /api/v1/proposals/{proposal}/never': {
    path: { proposal: string };
    query: null;
    body: null;
    answer: schemas['ProposalDetail'];
  };
  'GET /api/v1/runs/{run}/entities': {
    path: { run: string };
    query: { limit?: number; cursor?: string };
    body: null;
    answer: schemas['EntityPage'];
  };
  'GET /api/v1/leases': { path: null; query: null; body: null; answer: { leases: schemas['Lease'][] } };
  'POST /api/v1/leases/{lease}/break': {
    path: { lease: string };
    query: null;
    body: { force?: boolean } | null;
    answer: schemas['Lease'];
  };
  'GET /api/v1/schedules': { path: null; query: null; body: null; answer: { schedules: schemas['Schedule'][] } };
  'POST /api/v1/schedules/{schedule}/pause': {
    path: { schedule: string };
    query: null;
    body: { reason?: string } | null;
    answer: { schedules: schemas['Schedule'][] };
  };
  'POST /api/v1/schedules/{schedule}/resume': {
    path: { schedule: string };
    query: null;
    body: { reason?: string } | null;
    answer: { schedules: schemas['Schedule'][] };
  };
  'POST /api/v1/schedules/{schedule}/trigger': {
    path: { schedule: string };
    query: null;
    body: null;
    answer: { schedules: schemas['Schedule'][] };
  };
  'GET /api/v1/groups': {
    path: null;
    query: { graph?: string; stale?: 'true' | 'false'; limit?: number; cursor?: string };
    body: null;
    answer: schemas['GroupPage'];
  };
  'GET /api/v1/groups/show': {
    path: null;
    query: { group_id: string; graph?: string };
    body: null;
    answer: schemas['GroupDetail'];
  };
  'POST /api/v1/groups/mark-stale': {
    path: null;
    query: { group_id: string; graph?: string };
    body: null;
    answer: schemas['Group'];
  };
  'POST /api/v1/groups/deprecate': {
    path: null;
    query: { group_id: string; graph?: string };
    body: { document_ids: string[]; maintain?: boolean };
    answer: schemas['Deprecation'];
  };
  'POST /api/v1/groups/maintain': {
    path: null;
    query: { group_id: string; graph?: string };
    body: {
      parameters?: {
        batch_size?: number;
        max_age_days?: number | null | 'off' | number;
        fetches_at_once?: number;
        threshold_days?: number;
        minimum_quality_score?: number;
        lifetime_days?: number;
        least_share?: number;
        grace_days?: number;
        daily_decay?: number;
        half_life_days?: number | null | 'off';
        minimum_score?: number;
        importance_floor?: number;
        write?: string;
        bot_id?: string;
        tier?: string;
        max_score?: number;
        ignore_decay_since?: string;
        entity_id?: string;
        entity_type?: string;
        model?: string;
        max_share?: number;
        max_calls?: number;
        max_tokens?: number;
        apply?: 'all' | 'accepted';
        reask?: boolean;
        dry_run?: boolean;
        collectors?: string;
        recompute?: 'needed' | 'always' | 'never';
        debounce_seconds?: number;
        longest_wait_seconds?: number;
        scope?: 'needed' | 'all';
        algorithm?: 'leiden' | 'louvain';
        resolution?: number;
        max_iterations?: number;
        damping?: number;
        max_rank_iterations?: number;
        tolerance?: number;
        seed?: number;
        max_nodes?: number;
        max_edges?: number;
        history_retention_days?: number;
        ledger_retention_days?: number;
      };
    } | null;
    answer: schemas['Run'];
  };
  'POST /api/v1/groups/recompute': {
    path: null;
    query: { group_id: string; graph?: string };
    body: {
      parameters?: {
        batch_size?: number;
        max_age_days?: number | null | 'off' | number;
        fetches_at_once?: number;
        threshold_days?: number;
        minimum_quality_score?: number;
        lifetime_days?: number;
        least_share?: number;
        grace_days?: number;
        daily_decay?: number;
        half_life_days?: number | null | 'off';
        minimum_score?: number;
        importance_floor?: number;
        write?: string;
        bot_id?: string;
        tier?: string;
        max_score?: number;
        ignore_decay_since?: string;
        entity_id?: string;
        entity_type?: string;
        model?: string;
        max_share?: number;
        max_calls?: number;
        max_tokens?: number;
        apply?: 'all' | 'accepted';
        reask?: boolean;
        dry_run?: boolean;
        collectors?: string;
        recompute?: 'needed' | 'always' | 'never';
        debounce_seconds?: number;
        longest_wait_seconds?: number;
        scope?: 'needed' | 'all';
        algorithm?: 'leiden' | 'louvain';
        resolution?: number;
        max_iterations?: number;
        damping?: number;
        max_rank_iterations?: number;
        tolerance?: number;
        seed?: number;
        max_nodes?: number;
        max_edges?: number;
        history_retention_days?: number;
        ledger_retention_days?: number;
      };
    } | null;
    answer: schemas['Run'];
  };
  'GET /api/v1/health': { path: null; query: null; body: null; answer: schemas['Health'] };
}
