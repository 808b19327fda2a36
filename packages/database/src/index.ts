export { type Cluster, startCluster, stopCluster } from './cluster.ts';
export { connectDatabase, connectSingle, type Database } from './connect.ts';
export type { DB } from './generated/tables.ts';
export { migrate } from './migrate.ts';
