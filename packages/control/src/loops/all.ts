import { auditsLoop } from '../audit/loop.ts';
import type { Context } from '../context.ts';
import { directoriesLoop } from '../directories/loop.ts';
import { draftsLoop } from '../drafts/loop.ts';
import { loadsLoop } from '../hosts/load-loop.ts';
import { historiesLoop } from '../history/loop.ts';
import { hostsLoop } from '../hosts/loop.ts';
import { imagesLoop } from '../images/loop.ts';
import { machinesLoop } from '../machines/loop.ts';
import { mailsLoop } from '../mail/loop.ts';
import { maintenancesLoop } from '../maintenance/loop.ts';
import { windowsLoop } from '../maintenance/windows-loop.ts';
import { poolsLoop } from '../pools/loop.ts';
import { refreshesLoop } from '../refresh/loop.ts';
import { sessionsLoop } from '../sessions/loop.ts';
import { storageLoop } from '../storage/loop.ts';
import { templatesLoop } from '../templates/loop.ts';
import type { Loop } from './loop.ts';

/** All loops of a server. */
export const makeLoops: readonly ((context: Context) => Loop)[] = [
  hostsLoop,
  loadsLoop,
  imagesLoop,
  draftsLoop,
  refreshesLoop,
  templatesLoop,
  poolsLoop,
  machinesLoop,
  sessionsLoop,
  storageLoop,
  windowsLoop,
  maintenancesLoop,
  mailsLoop,
  directoriesLoop,
  auditsLoop,
  historiesLoop,
];
