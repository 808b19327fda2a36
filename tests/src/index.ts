export { type Account, type Api, Person, Viewer } from './person.ts';
