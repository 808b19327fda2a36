/**
 * Every bound of the protocol in one place. A length that the peer announces is compared with one of these
 * before anything is allocated or waited for.
 */

/** Side of a frame. X servers and QEMU stop at 16384 (QEMU: VNC_MAX_WIDTH 5120 by default, virtio-gpu 16384). */
export const FRAME_SIDE_MAX = 16_384;

/** Pixels of a frame: 8K (7680 x 4320) fits, and a frame buffer stays below 128 MiB at 4 bytes a pixel. */
export const FRAME_PIXELS_MAX = 2 ** 25;

/** Side of a cursor; QEMU sends at most 512, the largest pointer themes draw 256. */
export const CURSOR_SIDE_MAX = 1024;

/** Names and refusal reasons are for people to read. */
export const TEXT_BYTES_MAX = 4096;

/** A cut text that passes through here is skipped, never kept: this bounds how long we go on skipping. */
export const CUT_TEXT_BYTES_MAX = 2 ** 20;

/** noVNC 1.7 sends about 25. */
export const ENCODINGS_MAX = 128;

/** Screens of one desktop (ExtendedDesktopSize). */
export const SCREENS_MAX = 16;

/** The fence extension says: at most 64. */
export const FENCE_BYTES_MAX = 64;

/** Rectangles of one update. 0xffff means "until LastRect" (pseudo-encoding -224). */
export const RECTANGLES_UNTIL_LAST = 0xff_ff;

/** Entries of a colour map: 16 bits of index. */
export const COLOUR_MAP_ENTRIES_MAX = 2 ** 16;

/** What a client of ours leaves unsent in its stream before it calls the server dead. */
export const CLIENT_BACKLOG_BYTES_MAX = 2 ** 20;
