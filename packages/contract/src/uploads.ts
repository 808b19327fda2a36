/** A disk of half a terabyte, as its file is. */
export const UPLOAD_BYTES_MAX = 512 * 2 ** 30;
/** A piece of an upload: what a slow line sends within a request's time. */
export const UPLOAD_PIECE_BYTES = 4 << 20;

/**
 * Where the pieces of an upload go, one after the other, as the bodies of PUT requests: `?offset=` is where each begins.
 * Answers `{ received, bytes }`; with 409 when it goes on elsewhere, which `received` then says.
 */
export const uploadPath = (versionId: string, offset: number): string =>
  `/api/images/uploads/${versionId}/content?offset=${offset}`;
