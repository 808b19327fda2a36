export {
  array,
  bool,
  chars,
  fixedChars,
  flags,
  hyper,
  int,
  opaque,
  optional,
  string,
  struct,
  uhyper,
  uint,
  uuid,
} from './types.ts';
export { typedParam } from './typed-param.ts';
