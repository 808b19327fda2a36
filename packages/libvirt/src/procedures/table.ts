import { connectProcedures } from './connect.ts';
import { nodeProcedures } from './node.ts';
import { domainProcedures } from './domain.ts';
import { domainDeviceProcedures } from './domain-device.ts';
import { domainBlockProcedures } from './domain-block.ts';
import { domainSaveProcedures } from './domain-save.ts';
import { domainMigrateProcedures } from './domain-migrate.ts';
import { domainBackupProcedures } from './domain-backup.ts';
import { guestProcedures } from './guest.ts';
import { poolProcedures } from './pool.ts';
import { volumeProcedures } from './volume.ts';
import { networkProcedures } from './network.ts';
import { secretProcedures } from './secret.ts';
import type { Manner, Procedure } from './procedure.ts';

/** Every procedure that the client can call, by name. Arguments and results are inferred from it. */
export const procedures = {
  ...connectProcedures,
  ...nodeProcedures,
  ...domainProcedures,
  ...domainDeviceProcedures,
  ...domainBlockProcedures,
  ...domainSaveProcedures,
  ...domainMigrateProcedures,
  ...domainBackupProcedures,
  ...guestProcedures,
  ...poolProcedures,
  ...volumeProcedures,
  ...networkProcedures,
  ...secretProcedures,
} as const;

export type Procedures = typeof procedures;
export type ProcedureName = keyof Procedures;
/** Names of the procedures that go on as a stream, by direction. */
export type DownloadName = NamesOf<'download'>;
export type UploadName = NamesOf<'upload'>;
type NamesOf<M extends Manner> = {
  [N in ProcedureName]: Procedures[N] extends Procedure<infer _A, infer _R, M> ? N : never;
}[ProcedureName];

export type ArgsOf<N extends ProcedureName> = Procedures[N] extends Procedure<infer A, infer _R> ? A : never;
export type ResultOf<N extends ProcedureName> =
  Procedures[N] extends Procedure<infer _A, infer R> ? R : never;
