export { backUpLake, type BackUpLakeOptions, type LakeBackup } from "./backup/back-up-lake.ts";
export type { BackedUpFile, BackedUpTable, BackupManifest } from "./backup/backup-manifest.ts";
export { BackupWriter } from "./backup/backup-writer.ts";
export { restoreBackup, type RestoreOptions } from "./backup/restore-backup.ts";
export { compact, type CompactionReport, type CompactOptions } from "./compact.ts";
export { commitRewrite, type FileChange } from "./commit-rewrite.ts";
export type { BeforeStep, DurableStep } from "./durable-file.ts";
export { expireLog, type ExpireLogOptions, logRetentionDefaultMs } from "./expire-log.ts";
export { mayHoldTimes } from "./file-statistics.ts";
export { type HistoryEntry, tableHistory } from "./history.ts";
export type {
  BulkRows,
  ColumnSpec,
  ColumnType,
  DataFile,
  Lake,
  LakeCommit,
  LakeQueryOptions,
  LakeRow,
  LakeRowWriter,
  LakeSnapshot,
  LakeTable,
  LakeVersion,
  PartitionValues,
  PinnedVersions,
  ScanColumn,
  TableSchema,
} from "./lake.ts";
export { quoteText } from "./column-type.ts";
export { quotePath } from "./quote-path.ts";
export { relationSql } from "./lake-relation.ts";
export { type LakeOptions, openLake } from "./open-lake.ts";
export { stagedRowsSql } from "./staged-rows.ts";
export { withStagedText } from "./staged-text.ts";
export {
  alertTransitionsTable,
  eventsTable,
  itemInteractionNames,
  itemWindowsTable,
  ledgerTable,
  logsTable,
  metricSamplesTable,
  metricWindowsTable,
  rejectedEventsTable,
  sessionsTable,
  tuningTrialsTable,
} from "./tables.ts";
export { vacuum, type VacuumOptions, type VacuumReport } from "./vacuum.ts";
