import { invariant } from '@orangery/std';
import { XdrError } from './error.ts';
import type { XdrReader } from './reader.ts';
import type { XdrWriter } from './writer.ts';

/** What a type is, as data: documentation and generators of test values are derived from it. */
export type Shape =
  | { kind: 'int' | 'uint' | 'flags' | 'bool' | 'hyper' | 'uhyper' | 'double' | 'uuid' | 'typedParam' }
  | { kind: 'string' | 'opaque'; bytesMax: number }
  | { kind: 'fixedChars'; length: number }
  | { kind: 'chars'; max: number }
  | { kind: 'array'; of: AnyType; max: number }
  | { kind: 'optional'; of: AnyType }
  | { kind: 'struct'; fields: Fields };

/** A wire type: `Out` is what reading gives, `In` what writing accepts (where a default may be left out). */
export type Type<Out, In = Out> = {
  readonly shape: Shape;
  /** The fewest bytes a value takes; an array's count is checked with it before anything is allocated. */
  readonly bytesMin: number;
  read(reader: XdrReader): Out;
  write(writer: XdrWriter, value: In): void;
};

// The one place where the parameters do not matter.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyType = Type<any, any>;
export type Fields = { readonly [name: string]: AnyType };

export type Out<T> = T extends Type<infer O, infer _I> ? O : never;
export type In<T> = T extends Type<infer _O, infer I> ? I : never;

type OmittableNames<F extends Fields> = {
  [K in keyof F]: undefined extends In<F[K]> ? K : never;
}[keyof F];
export type StructOut<F extends Fields> = { -readonly [K in keyof F]: Out<F[K]> };
export type StructIn<F extends Fields> = Flat<
  { -readonly [K in Exclude<keyof F, OmittableNames<F>>]: In<F[K]> } & {
    -readonly [K in OmittableNames<F>]?: In<F[K]>;
  }
>;
/** One object type instead of an intersection, which reads better in an editor. */
type Flat<T> = { [K in keyof T]: T[K] };

export const int: Type<number> = {
  shape: { kind: 'int' },
  bytesMin: 4,
  read: (reader) => reader.int(),
  write: (writer, value) => writer.int(value),
};

export const uint: Type<number> = {
  shape: { kind: 'uint' },
  bytesMin: 4,
  read: (reader) => reader.uint(),
  write: (writer, value) => writer.uint(value),
};

/** An unsigned word of flags: 0 when left out. */
export const flags: Type<number, number | undefined> = {
  shape: { kind: 'flags' },
  bytesMin: 4,
  read: (reader) => reader.uint(),
  write: (writer, value) => writer.uint(value ?? 0),
};

/** libvirt sends truth as an int; any value but 0 is true. */
export const bool: Type<boolean> = {
  shape: { kind: 'bool' },
  bytesMin: 4,
  read: (reader) => reader.int() !== 0,
  write: (writer, value) => writer.int(value ? 1 : 0),
};

/** 64 bits are always bigint: sizes and times of hosts pass 2^53 sooner than one thinks. */
export const hyper: Type<bigint> = {
  shape: { kind: 'hyper' },
  bytesMin: 8,
  read: (reader) => reader.hyper(),
  write: (writer, value) => writer.hyper(value),
};

export const uhyper: Type<bigint> = {
  shape: { kind: 'uhyper' },
  bytesMin: 8,
  read: (reader) => reader.uhyper(),
  write: (writer, value) => writer.uhyper(value),
};

/** 16 bytes on the wire, the usual text with dashes here. */
export const uuid: Type<string> = {
  shape: { kind: 'uuid' },
  bytesMin: 16,
  read: (reader) => reader.uuid(),
  write: (writer, value) => writer.uuid(value),
};

export function string(bytesMax: number): Type<string> {
  return {
    shape: { kind: 'string', bytesMax },
    bytesMin: 4,
    read: (reader) => reader.string(bytesMax),
    write: (writer, value) => writer.string(value, bytesMax),
  };
}

export function opaque(bytesMax: number): Type<Buffer, Uint8Array> {
  return {
    shape: { kind: 'opaque', bytesMax },
    bytesMin: 4,
    read: (reader) => reader.opaque(bytesMax),
    write: (writer, value) => writer.opaque(value, bytesMax),
  };
}

/** A C `char[length]`: XDR gives each character a word of its own. Text up to the first NUL. */
export function fixedChars(length: number): Type<string> {
  return {
    shape: { kind: 'fixedChars', length },
    bytesMin: 4 * length,
    read: (reader) => charsOf(reader, length),
    write(writer, value) {
      if (value.length >= length)
        throw new XdrError('xdr.tooLong', `${value.length} characters; at most ${length - 1}`);
      for (let i = 0; i < length; i += 1) writer.int(i < value.length ? value.charCodeAt(i) : 0);
    },
  };
}

/** A C `char<max>`: counted, a word a character. */
export function chars(max: number): Type<string> {
  return {
    shape: { kind: 'chars', max },
    bytesMin: 4,
    read: (reader) => charsOf(reader, reader.count(max, 4)),
    write(writer, value) {
      if (value.length > max) throw new XdrError('xdr.tooLong', `${value.length} characters; at most ${max}`);
      writer.uint(value.length);
      for (let i = 0; i < value.length; i += 1) writer.int(value.charCodeAt(i));
    },
  };
}

function charsOf(reader: XdrReader, count: number): string {
  const codes = Buffer.allocUnsafe(count);
  for (let i = 0; i < count; i += 1) codes[i] = reader.int() & 0xff;
  const end = codes.indexOf(0);
  return codes.toString('latin1', 0, end < 0 ? count : end);
}

export function array<O, I>(of: Type<O, I>, max: number): Type<O[], readonly I[]> {
  invariant(of.bytesMin > 0, 'an element without bytes would make any count fit');
  return {
    shape: { kind: 'array', of, max },
    bytesMin: 4,
    read(reader) {
      const count = reader.count(max, of.bytesMin);
      const values: O[] = [];
      for (let i = 0; i < count; i += 1) values.push(of.read(reader));
      return values;
    },
    write(writer, values) {
      if (values.length > max)
        throw new XdrError('xdr.tooLong', `${values.length} elements; at most ${max} can be sent`);
      writer.uint(values.length);
      for (const value of values) of.write(writer, value);
    },
  };
}

/** A pointer that may be NULL: `null` here; left out means `null`. */
export function optional<O, I>(of: Type<O, I>): Type<O | null, I | null | undefined> {
  return {
    shape: { kind: 'optional', of },
    bytesMin: 4,
    read: (reader) => (present(reader) ? of.read(reader) : null),
    write(writer, value) {
      if (value === null || value === undefined) {
        writer.uint(0);
        return;
      }
      writer.uint(1);
      of.write(writer, value);
    },
  };
}

function present(reader: XdrReader): boolean {
  const word = reader.uint();
  if (word > 1) throw new XdrError('xdr.invalid', `a pointer is there (1) or not (0), this one is ${word}`);
  return word === 1;
}

export function struct<F extends Fields>(fields: F): Type<StructOut<F>, StructIn<F>> {
  const entries = Object.entries(fields);
  const names = entries.map(([name]) => name);
  const types = entries.map(([, type]) => type);
  return {
    shape: { kind: 'struct', fields },
    bytesMin: types.reduce((sum, type) => sum + type.bytesMin, 0),
    read(reader) {
      const value: Record<string, unknown> = {};
      for (let i = 0; i < names.length; i += 1) value[names[i]!] = types[i]!.read(reader);
      return value as StructOut<F>;
    },
    write(writer, value) {
      const record = value as Record<string, unknown>;
      for (let i = 0; i < names.length; i += 1) types[i]!.write(writer, record[names[i]!]);
    },
  };
}
