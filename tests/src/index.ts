export { openHost } from './crash/order.ts';
export { Installation } from './installation.ts';
export { openBrowser } from './journeys/browser.ts';
export { type Account, type Api, Person, Viewer } from './person.ts';
export { startReady } from './planted.ts';
export { default as startDaemons } from './setup/host.ts';
