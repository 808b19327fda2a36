import { OrangeryError } from '@orangery/std';

export type XdrErrorCode = 'xdr.truncated' | 'xdr.tooLong' | 'xdr.invalid' | 'xdr.trailing' | 'xdr.badValue';

/** The only thing that encoding and decoding throw: bytes that break the protocol, or a value that cannot be sent. */
export class XdrError extends OrangeryError {
  declare readonly code: XdrErrorCode;

  constructor(code: XdrErrorCode, message: string) {
    super(code, message);
    this.name = 'XdrError';
  }
}
