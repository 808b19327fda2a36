export { Installation } from './installation.ts';
export { type Account, type Api, Person, Viewer } from './person.ts';
