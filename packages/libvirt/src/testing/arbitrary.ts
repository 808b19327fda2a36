import fc from 'fast-check';
import type { AnyType } from '../xdr/types.ts';
import type { TypedParam } from '../xdr/typed-param.ts';

const I32 = { min: -(2 ** 31), max: 2 ** 31 - 1 };
const U32 = { min: 0, max: 2 ** 32 - 1 };
const I64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const U64 = { min: 0n, max: 2n ** 64n - 1n };
const LIST_MAX = 4;

const text = fc.string({ unit: 'binary', maxLength: 20 }).map((value) => value.replaceAll('\0', ''));
const ascii = fc.string({ maxLength: 20 }).map((value) => value.replaceAll('\0', ''));
const double = fc.double({ noNaN: true });

const typedParam: fc.Arbitrary<TypedParam> = fc.oneof(
  fc.record({ field: text, type: fc.constant('int' as const), value: fc.integer(I32) }),
  fc.record({ field: text, type: fc.constant('uint' as const), value: fc.integer(U32) }),
  fc.record({ field: text, type: fc.constant('double' as const), value: double }),
  fc.record({ field: text, type: fc.constant('llong' as const), value: fc.bigInt(I64) }),
  fc.record({ field: text, type: fc.constant('ullong' as const), value: fc.bigInt(U64) }),
  fc.record({ field: text, type: fc.constant('boolean' as const), value: fc.boolean() }),
  fc.record({ field: text, type: fc.constant('string' as const), value: text }),
);

/** Values of a wire type, made from its shape. */
export function arbitraryOf(type: AnyType): fc.Arbitrary<unknown> {
  const { shape } = type;
  switch (shape.kind) {
    case 'int':
      return fc.integer(I32);
    case 'uint':
    case 'flags':
      return fc.integer(U32);
    case 'bool':
      return fc.boolean();
    case 'hyper':
      return fc.bigInt(I64);
    case 'uhyper':
      return fc.bigInt(U64);
    case 'double':
      return double;
    case 'uuid':
      return fc.uuid();
    case 'typedParam':
      return typedParam;
    case 'string':
      return text;
    case 'opaque':
      return fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes));
    case 'fixedChars':
      return ascii.map((value) => value.slice(0, shape.length - 1));
    case 'chars':
      return ascii.map((value) => value.slice(0, shape.max));
    case 'array':
      return fc.array(arbitraryOf(shape.of), { maxLength: Math.min(LIST_MAX, shape.max) });
    case 'optional':
      return fc.option(arbitraryOf(shape.of));
    case 'struct':
      return fc.record(
        Object.fromEntries(Object.entries(shape.fields).map(([name, field]) => [name, arbitraryOf(field)])),
        { noNullPrototype: true },
      );
  }
}
