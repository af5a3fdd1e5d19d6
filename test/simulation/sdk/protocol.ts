import type { ActivityOptions, RetryState } from '@temporalio/common';

/** Data that pass between a workflow and its server are JSON, as through Temporal's history. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json | undefined };

/** A failure as it crosses between server and workflow. */
export type Failure =
  | {
      readonly kind: 'application';
      readonly type: string;
      readonly message: string;
      readonly nonRetryable: boolean;
      readonly details: readonly Json[];
    }
  | { readonly kind: 'timeout'; readonly timeout: 'START_TO_CLOSE' | 'SCHEDULE_TO_CLOSE' | 'HEARTBEAT' }
  | { readonly kind: 'cancelled' };

/** The end of an activity or of a child workflow. */
export type Resolution =
  | { readonly kind: 'completed'; readonly result: Json }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly retryState: RetryState };

/** A request of a workflow to the server. */
export type Command =
  | {
      readonly kind: 'activity';
      readonly seq: number;
      readonly type: string;
      readonly args: readonly Json[];
      readonly options: ActivityOptions;
    }
  | { readonly kind: 'cancel_activity'; readonly seq: number }
  | { readonly kind: 'timer'; readonly seq: number; readonly ms: number }
  | { readonly kind: 'cancel_timer'; readonly seq: number }
  | { readonly kind: 'child'; readonly seq: number; readonly type: string; readonly id: string; readonly input: Json }
  | { readonly kind: 'cancel_child'; readonly seq: number }
  | { readonly kind: 'patch'; readonly id: string }
  | { readonly kind: 'search_attributes'; readonly attributes: Readonly<Record<string, string>> }
  | { readonly kind: 'completed'; readonly result: Json }
  | { readonly kind: 'failed'; readonly type: string; readonly message: string }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'continued'; readonly input: Json };

/** News for a workflow. */
export type Job =
  | { readonly kind: 'start' }
  | { readonly kind: 'signal'; readonly name: string }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'timer'; readonly seq: number }
  | { readonly kind: 'child_started'; readonly seq: number }
  | { readonly kind: 'activity' | 'child'; readonly seq: number; readonly resolution: Resolution };

/** One task of a workflow: news, and what the workflow may read at that time. */
export interface Activation {
  readonly nowMs: number;
  readonly jobs: readonly Job[];
  readonly continueAsNewSuggested: boolean;
  readonly historyLength: number;
}

export interface ExecutionInfo {
  readonly workflowId: string;
  readonly runId: string;
  readonly firstExecutionRunId: string;
  readonly namespace: string;
}
