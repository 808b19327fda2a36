import { type Fields, type StructIn, type StructOut, struct, type Type } from '../xdr/types.ts';

/** The RPC programs of a libvirt daemon. */
export const programs = { remote: 0x20008086, qemu: 0x20008087, keepalive: 0x6b656570 } as const;
export const PROGRAM_VERSION = 1;

/**
 * How a call behaves: `plain` answers soon; `long` may take minutes (it gets a longer default deadline and may
 * not use up every place in flight); `upload`, `download` and `duplex` go on as a stream after their reply.
 */
export type Manner = 'plain' | 'long' | 'upload' | 'download' | 'duplex';

export type Procedure<Args, Result, M extends Manner = Manner> = {
  readonly program: number;
  readonly number: number;
  readonly args: Type<unknown, Args>;
  readonly result: Type<Result, unknown>;
  readonly manner: M;
};

function define<A extends Fields, R extends Fields, M extends Manner>(
  program: number,
  number: number,
  args: A,
  result: R,
  manner: M,
): Procedure<StructIn<A>, StructOut<R>, M> {
  return {
    program,
    number,
    args: struct(args),
    result: struct(result) as Type<StructOut<R>, unknown>,
    manner,
  };
}

/** A procedure of libvirt's own program; `number` and the order of the fields are those of remote_protocol.x. */
export function remote<A extends Fields, R extends Fields, M extends Manner = 'plain'>(
  number: number,
  args: A,
  result: R,
  manner: M = 'plain' as M,
): Procedure<StructIn<A>, StructOut<R>, M> {
  return define(programs.remote, number, args, result, manner);
}

/** A procedure of the QEMU driver's own program (qemu_protocol.x). */
export function qemu<A extends Fields, R extends Fields, M extends Manner = 'plain'>(
  number: number,
  args: A,
  result: R,
  manner: M = 'plain' as M,
): Procedure<StructIn<A>, StructOut<R>, M> {
  return define(programs.qemu, number, args, result, manner);
}
