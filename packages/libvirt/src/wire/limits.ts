/**
 * Bounds of libvirt's wire format (virnetprotocol.x of libvirt 9.0). Each is checked before anything is
 * allocated from a length that the peer sent.
 */

/** The longest message, its length word included (VIR_NET_MESSAGE_MAX + 4). */
export const MESSAGE_BYTES_MAX = 33_554_432 + 4;
/** Length word and header: the shortest message. */
export const HEADER_BYTES = 28;
/** The longest string (REMOTE_STRING_MAX). */
export const STRING_BYTES_MAX = 4_194_304;
/** The most data in one packet of a stream that every libvirt accepts (VIR_NET_MESSAGE_LEGACY_PAYLOAD_MAX). */
export const STREAM_PAYLOAD_BYTES_MAX = 262_120;
/** libvirtd serves a client five calls at a time by default and counts keepalives: one place stays free. */
export const CALLS_IN_FLIGHT_MAX = 4;
/** Of those, how many may be long ones (save, migrate, a guest agent's answer), so that short calls get through. */
export const LONG_CALLS_IN_FLIGHT_MAX = 3;
/** Calls that wait for a place; beyond it the caller is told at once rather than let memory grow. */
export const CALLS_QUEUED_MAX = 4096;
/** Of all calls that wait: an XML document of a machine has 10 KiB, so this is never felt but by a mistake. */
export const CALLS_QUEUED_BYTES_MAX = 64 * 1024 * 1024;
