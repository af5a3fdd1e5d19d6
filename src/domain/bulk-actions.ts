/** Actions that can be asked for on many dead letters or schedules at once. */
export const bulkActions = ['retry_dead_letters', 'drop_dead_letters', 'pause_schedules', 'resume_schedules'] as const;
export type BulkActionName = (typeof bulkActions)[number];
