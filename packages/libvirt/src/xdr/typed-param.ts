import { XdrError } from './error.ts';
import type { Type } from './types.ts';
import { STRING_BYTES_MAX } from '../wire/limits.ts';

/** A named value that says its own type (libvirt's virTypedParameter); the names are documented per call. */
export type TypedParam =
  | { field: string; type: 'int' | 'uint' | 'double'; value: number }
  | { field: string; type: 'llong' | 'ullong'; value: bigint }
  | { field: string; type: 'boolean'; value: boolean }
  | { field: string; type: 'string'; value: string };

export type ParamValue = number | bigint | boolean | string;

/** The discriminants on the wire (virTypedParameterType). */
const numberOf = { int: 1, uint: 2, llong: 3, ullong: 4, double: 5, boolean: 6, string: 7 } as const;

export const typedParam: Type<TypedParam> = {
  shape: { kind: 'typedParam' },
  bytesMin: 12,
  read(reader) {
    const field = reader.string(STRING_BYTES_MAX);
    const type = reader.int();
    switch (type) {
      case numberOf.int:
        return { field, type: 'int', value: reader.int() };
      case numberOf.uint:
        return { field, type: 'uint', value: reader.uint() };
      case numberOf.llong:
        return { field, type: 'llong', value: reader.hyper() };
      case numberOf.ullong:
        return { field, type: 'ullong', value: reader.uhyper() };
      case numberOf.double:
        return { field, type: 'double', value: reader.double() };
      case numberOf.boolean:
        return { field, type: 'boolean', value: reader.int() !== 0 };
      case numberOf.string:
        return { field, type: 'string', value: reader.string(STRING_BYTES_MAX) };
      default:
        throw new XdrError('xdr.invalid', `the typed parameter ${field} is of the unknown type ${type}`);
    }
  },
  write(writer, param) {
    writer.string(param.field, STRING_BYTES_MAX);
    writer.int(numberOf[param.type] ?? 0);
    switch (param.type) {
      case 'int':
        return writer.int(param.value);
      case 'uint':
        return writer.uint(param.value);
      case 'llong':
        return writer.hyper(param.value);
      case 'ullong':
        return writer.uhyper(param.value);
      case 'double':
        return writer.double(param.value);
      case 'boolean':
        return writer.int(param.value ? 1 : 0);
      case 'string':
        return writer.string(param.value, STRING_BYTES_MAX);
      default:
        throw new XdrError('xdr.badValue', 'a typed parameter needs a type');
    }
  },
};

/** Typed parameters as a plain object, for reading statistics. A name that comes twice keeps its last value. */
export function paramsToObject(params: readonly TypedParam[]): Record<string, ParamValue> {
  const object: Record<string, ParamValue> = Object.create(null);
  for (const param of params) object[param.field] = param.value;
  return object;
}
