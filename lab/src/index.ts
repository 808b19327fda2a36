export { type PretendHost, startPretendHost } from './pretend-host.ts';
