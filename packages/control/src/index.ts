export {
  type ApplicationEntitlement,
  entitleToApplication,
  listApplicationEntitlements,
  removeApplicationEntitlement,
} from './applications/entitle.ts';
export { openApplication } from './applications/open.ts';
export {
  createApplication,
  deleteApplication,
  programsOfPool,
  type Published,
  updateApplication,
} from './applications/settings.ts';
export { listApplications, listMyApplications, usableApplication } from './applications/store.ts';
export { auditsLoop } from './audit/loop.ts';
export { chainEvents, deleteOldEvents, verifyAudit, type Verified } from './audit/log.ts';
export { setAuditSettings, showAuditSettings } from './audit/settings.ts';
export { exportAudit, listAudit, recordAudit } from './audit/store.ts';
export { type Exported, framed, syslogMessage } from './audit/syslog.ts';
export { openDesktop } from './broker/broker.ts';
export { queueOf } from './broker/queue.ts';
export type { Context, Drivers, ImageBuilder, ImageFile, Limits, Mailer, Packages } from './context.ts';
export { listDesktops, mayEnterSession, mayUsePool } from './desktops/store.ts';
export { whyMayUse } from './desktops/why.ts';
export type {
  DirectoryConnection,
  DirectoryGroup,
  DirectoryPerson,
  OpenDirectory,
  PasswordChange,
  PasswordCheck,
} from './directories/directory.ts';
export { takeGroupIn } from './directories/groups.ts';
export { directoriesLoop } from './directories/loop.ts';
export { arrive, type Arrival, chosenGroups, isEnded } from './directories/people.ts';
export { directoryBucket, isReachable, rolesOf } from './directories/policy.ts';
export {
  allDirectories,
  createDirectory,
  type Directory,
  findDirectory,
  isLdap,
  isOidc,
  listDirectories,
  secretFor,
} from './directories/store.ts';
export { removeDirectory, removeDirectoryGroup, updateDirectory } from './directories/service.ts';
export { draftsLoop } from './drafts/loop.ts';
export { discardDraft, draftState, openDraft, publishDraft } from './drafts/service.ts';
export { type Once, once } from './idempotency/once.ts';
export { type GroupLosses, lossesOf } from './groups/losses.ts';
export {
  addMember,
  addMembers,
  type Changed,
  createGroup,
  deleteGroup,
  removeMember,
  renameGroup,
} from './groups/service.ts';
export {
  accessOfGroup,
  accessOfPerson,
  findGroup,
  findMember,
  type Group,
  type GroupMember,
  listGroups,
  listMembers,
} from './groups/store.ts';
export { historiesLoop } from './history/loop.ts';
export { deleteOldHistory, historyOf } from './history/store.ts';
export { addHost } from './hosts/add.ts';
export { requireNewest } from './hosts/generation.ts';
export { hostsLoop } from './hosts/loop.ts';
export { loadsLoop } from './hosts/load-loop.ts';
export { stopInstallation } from './hosts/stop.ts';
export { rebuildLost, startInstallation } from './system/start.ts';
export { listHosts, listQuarantine, updateHost } from './hosts/store.ts';
export { beginImport, receivePiece, type Upload, uploadState } from './imports/service.ts';
export { imagesLoop } from './images/loop.ts';
export { listImages } from './images/store.ts';
export { deleteVersion, makeCurrent, retryVersion, setVersionNotes } from './images/versions.ts';
export { changeOf, changesRights, type Follower, type LiveChange, toldOf, topicsOf } from './live/policy.ts';
export { makeLoops } from './loops/all.ts';
export { answerLook, askToLook, listLooks, mayLook } from './looks/store.ts';
export { type LockConnection, Locks } from './loops/locks.ts';
export { type Loop, type LoopName, loopNames, turnLock } from './loops/loop.ts';
export { type LoopReport, LoopRunner } from './loops/runner.ts';
export { runStep, type Step, type StepRunner, steps } from './loops/steps.ts';
export type { MailKind } from './mail/policy.ts';
export type { ServerFacts } from './overview/facts.ts';
export { overviewFacts } from './overview/gather.ts';
export { decideOverview, type Overview } from './overview/policy.ts';
export { outwardObstacle } from './outward/policy.ts';
export { mailsLoop } from './mail/loop.ts';
export {
  askForMail,
  mailSettings,
  removeMailSettings,
  setMailSettings,
  showMail,
  tellOfChange,
} from './mail/store.ts';
export {
  changedMail,
  type MailText,
  RESET_LIFE_MS,
  resetMail,
  testMail,
  VERIFY_LIFE_MS,
  verifyMail,
} from './mail/templates.ts';
export { maintenancesLoop } from './maintenance/loop.ts';
export { maintainNow, stopMaintenance, THROWN_AWAY } from './maintenance/service.ts';
export { type Maintenance, maintenanceOf, type PoolMaintenance } from './maintenance/store.ts';
export { windowsLoop } from './maintenance/windows-loop.ts';
export { failurePicture, listFailures } from './machines/failures.ts';
export { machinesLoop } from './machines/loop.ts';
export { type MachinePicture, pictureOf } from './machines/picture.ts';
export { nudgeStarts } from './machines/start.ts';
export { type ConsoleState, consoleState } from './machines/console.ts';
export { machineHistory } from './machines/history.ts';
export { hostMeasures, keepSample, machineMeasures } from './samples/store.ts';
export { deleteMachine, findMachine, listMachines, showMachine } from './machines/store.ts';
export {
  goldenVolume,
  machineDisk,
  profileVolume,
  storagePoolName,
  templateDisk,
  templateMemory,
  volumeOwner,
} from './names.ts';
export {
  addPerson,
  isPerson,
  isSetupNeeded,
  findPerson,
  listPeople,
  makeSetupLink,
  redeemSetupLink,
  SETUP_LINK_LIFE_MS,
} from './people/service.ts';
export { usageOf } from './people/usage.ts';
export { entitle, type Entitlement, listEntitlements, removeEntitlement } from './pools/entitle.ts';
export { markFavourite } from './portal/marks.ts';
export { demandOf } from './pools/demand.ts';
export { poolsLoop } from './pools/loop.ts';
export { retryRollout, rollBack } from './pools/rollout.ts';
export { createPool, deletePool, updatePool } from './pools/settings.ts';
export { listPools } from './pools/store.ts';
export { deviceOf } from './sessions/device.ts';
export { sessionsLoop } from './sessions/loop.ts';
export { type Restart, restartSession } from './sessions/restart.ts';
export { refreshesLoop } from './refresh/loop.ts';
export { refreshNow, setRefresh } from './refresh/service.ts';
export {
  endSession,
  forgetLostViewers,
  markSession,
  recordInput,
  recordLatency,
  resolveProfile,
} from './sessions/service.ts';
export {
  connectability,
  findSession,
  listSessions,
  type Session,
  type SessionScope,
  sessionsOf,
} from './sessions/store.ts';
export {
  makeTicket,
  type Redeemed,
  redeemTicket,
  TICKET_LIFE_MS,
  type ViewedKind,
} from './sessions/tickets.ts';
export { storageLoop } from './storage/loop.ts';
export { askForDedupe, listStorage, updateStorage } from './storage/store.ts';
export {
  describeOrigin,
  latestTurn,
  sendViewerAway,
  takenBy,
  type ViewerEnd,
  viewerEnd,
  type ViewerOrigin,
} from './sessions/viewers.ts';
export { createApiKey, listApiKeys, redeemApiKey, removeApiKey } from './sign-in/api-keys.ts';
export {
  beginGuess,
  beginGuessAt,
  beginGuessIn,
  type Guess,
  knownPlaces,
  rememberPlace,
  useCode,
} from './sign-in/guesses.ts';
export {
  addPasskey,
  changePasskey,
  findPasskey,
  listPasskeys,
  notePasskeyUse,
  type Passkey,
} from './sign-in/passkeys.ts';
export { accountOf, endedSignIns, endSignIns, listSignIns, removeSecondFactor } from './sign-in/sign-ins.ts';
export { ledgersOf } from './quotas/ledgers.ts';
export { listQuotas, quotasOf, removeQuota, setQuota } from './quotas/store.ts';
export { deletePerson, type PersonChange, refusalFor, setRoles } from './people/change.ts';
export { refusalToGive } from './people/roles.ts';
export { retryTask, stopTask } from './tasks/service.ts';
export {
  deleteOldMessages,
  type Message,
  readMessage,
  sendMessage,
  unreadMessages,
} from './messages/store.ts';
export { findTask, listTasks, logOf, type Task } from './tasks/store.ts';
export { suspensionOf } from './tenants/policy.ts';
export {
  createTenant,
  deleteTenant,
  renameTenant,
  resumeTenant,
  suspendTenant,
  type TenantChange,
} from './tenants/service.ts';
export { findTenant, findTenantName, listTenants, type Tenant } from './tenants/store.ts';
export { ownerOf } from './tenants/owner.ts';
export { ALL_RIGHTS, firstTenant, isTenant, rightsIn, type Scope } from './tenants/scope.ts';
export { SharedClock } from './shared-clock.ts';
export { listLoopStatus, type Status, systemStatus } from './system/status.ts';
export { templatesLoop } from './templates/loop.ts';
export { listTemplates } from './templates/store.ts';
