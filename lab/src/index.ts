export { type PretendHost, startPretendHost } from './pretend-host.ts';
export { startTestHost, TEST_URI, type TestHost } from './test-host.ts';
