import {
  type ClientEvent,
  DELIVERY_ENCODINGS,
  encodeEndOfContinuousUpdates,
  encodeExtendedDesktopSize,
  encodeRectHead,
  encodeServerFence,
  encodeSetEncodings,
  encodeSetPixelFormat,
  encodeUpdateHead,
  encodeUpdateRequest,
  ENCODING,
  pixelFormatBgrx,
  type Rect,
  SERVER_HANDSHAKE,
  type ServerEvent,
  ServerParser,
} from '@orangery/rfb';
import { type Clock, OrangeryError } from '@orangery/std';
import type { Shown } from '../threads/messages.ts';
import { type Encoded, Encoder, type Part } from './encoder.ts';
import { inOrder, type PixelOrder } from './pixels.ts';
import { Screen } from './screen.ts';

export type DeliveryPorts = {
  toConsole: (bytes: Buffer) => void;
  clock: Clock;
  /** An update, or a part of the handshake; `pixels` of it are of the picture. */
  toViewer: (parts: readonly Part[], pixels: number) => void;
  /** How many pixels the viewer's line takes now; where it is 0, `viewerHasRoom` is called later. */
  room: () => number;
  /** What the viewer's line carries; 0 while that is not known. */
  lineBytesPerMs: () => number;
  /** Runs what is done by its own time; what it throws is as if it were thrown to whoever told it something. */
  attempt: (work: () => void) => void;
  /** The console takes what keeps its refresh timer short. */
  hurries: () => void;
};

/** Four times in what it takes to rest. */
const LOOK_AGAIN_MS = 250;
/** More updates with images are not told before one of them is drawn: one under way, one being decoded, one ready. */
const IMAGES_MAX = 3;

type Size = { width: number; height: number; byUs: boolean; status: number };

/**
 * Stands between a console and its viewer, for each the other end of RFB. It reads the console at full speed and keeps its
 * picture; the viewer gets what changed since it last had something, as soon as its line has room. So a slow line never holds
 * the console up, and what was drawn over meanwhile is never sent. Input does not come by here.
 *
 *     console ── Raw ──► screen ── moves, changed pixels ──► viewer
 *
 * Throws an OrangeryError on what either end may not say; nothing is to be told it afterwards.
 */
export class Delivery {
  readonly #ports: DeliveryPorts;
  readonly #console = new ServerParser((event) => this.#onConsole(event));
  readonly #encoder = new Encoder();
  #screen: Screen | undefined;
  #name = '';
  #viewerReady = false;
  #accepts: ReadonlySet<number> = new Set();
  /** The viewer asked for what is new, once or for good. */
  #wanted = false;
  #continuous: 'unknown' | 'offered' | 'on' | 'off' = 'unknown';
  /** The console is in the middle of an update, or has not drawn at all: what there is of it is not worth telling. */
  #drawing = true;
  #pictures = 0;
  /** Updates with images in them that the viewer was told, and those of them that it has drawn. */
  #images = { told: 0, drawn: 0 };
  #looksAgain = false;
  #cancelLook = (): void => {};
  /** What there was no room to tell. */
  #left: Rect[] = [];
  #size: Size | undefined;
  #cursor: { rect: Rect; bytes: Buffer } | undefined;
  #keys: 'unknown' | 'new' | 'told' = 'unknown';

  constructor(ports: DeliveryPorts) {
    this.#ports = ports;
  }

  fromConsole(bytes: Buffer): void {
    this.#console.push(bytes);
    this.#serve();
  }

  fromViewer(event: ClientEvent): void {
    switch (event.kind) {
      case 'version':
        this.#ports.toViewer([SERVER_HANDSHAKE.securityTypes()], 0);
        break;
      case 'security':
        this.#ports.toViewer([SERVER_HANDSHAKE.securityResult()], 0);
        break;
      case 'init': {
        const { width = 0, height = 0 } = this.#screen?.picture ?? {};
        this.#ports.toViewer([SERVER_HANDSHAKE.init(width, height, this.#name)], 0);
        this.#viewerReady = true;
        break;
      }
      case 'message':
        this.#hear(event);
        break;
    }
    this.#serve();
  }

  get shown(): Shown {
    return { pictures: this.#pictures, rough: this.#encoder.isLossy };
  }

  /** Ends what runs for it; nothing is to be told it afterwards. */
  close(): void {
    this.#cancelLook();
    this.#encoder.close();
  }

  viewerHasRoom(): void {
    this.#serve();
  }

  #onConsole(event: ServerEvent): void {
    switch (event.kind) {
      case 'send':
        this.#ports.toConsole(event.bytes);
        break;
      case 'init':
        this.#screen = new Screen(event.width, event.height);
        this.#name = event.name;
        this.#ports.toConsole(
          Buffer.concat([encodeSetPixelFormat(pixelFormatBgrx()), encodeSetEncodings(DELIVERY_ENCODINGS)]),
        );
        this.#ask(false);
        this.#ports.toViewer([SERVER_HANDSHAKE.greeting()], 0);
        break;
      case 'rows':
        this.#screen?.draw(event.rect, event.pixels);
        break;
      case 'copied':
        this.#screen?.copy(event.rect, event.fromX, event.fromY);
        break;
      case 'resized':
        this.#resized(event);
        break;
      case 'cursor':
        this.#cursor = { rect: event.rect, bytes: Buffer.from(event.bytes) };
        break;
      case 'extendedKeys':
        if (this.#keys === 'unknown') this.#keys = 'new';
        break;
      case 'audio':
        this.#ports.hurries();
        break;
      case 'updateEnds':
        this.#drawing = false;
        // At once, and not when the viewer does: over a line of 100 ms that would be 7 pictures a second.
        this.#ask(true);
        break;
      case 'updateBegins':
        this.#drawing = true;
        break;
      case 'bell':
        break;
    }
  }

  #resized({ width, height, byUs, status }: Extract<ServerEvent, { kind: 'resized' }>): void {
    const before = this.#screen?.picture;
    const changed = before?.width !== width || before.height !== height;
    if (changed) {
      this.#screen?.resize(width, height);
      this.#left = [];
    }
    // A viewer that knows no screen layout is told of sizes alone.
    this.#size = { width, height, byUs, status };
  }

  #hear({ message, bytes }: Extract<ClientEvent, { kind: 'message' }>): void {
    switch (message.name) {
      case 'setPixelFormat':
        this.#encoder.order = orderOf(bytes);
        this.#encoder.forget();
        break;
      case 'setEncodings':
        this.#accepts = new Set(message.encodings);
        this.#encoder.abilities = {
          moves: this.#accepts.has(ENCODING.copyRect),
          jpeg: this.#accepts.has(ENCODING.jpeg),
          h264: this.#accepts.has(ENCODING.h264),
        };
        if (this.#keys === 'told') this.#keys = 'new';
        if (this.#continuous === 'unknown' && this.#accepts.has(ENCODING.continuousUpdates)) {
          this.#continuous = 'offered';
          this.#ports.toViewer([encodeEndOfContinuousUpdates()], 0);
        }
        break;
      case 'framebufferUpdateRequest':
        this.#wanted = true;
        if (!message.incremental) this.#encoder.forget();
        break;
      case 'enableContinuousUpdates':
        this.#continuous = message.enable ? 'on' : 'off';
        // Its rectangle is not looked at: who shows a part is told of all.
        if (!message.enable) this.#ports.toViewer([encodeEndOfContinuousUpdates()], 0);
        break;
      case 'clientFence':
        this.#fenced(Buffer.from(message.payload));
        break;
      case 'keyEvent':
      case 'pointerEvent':
      case 'qemuExtendedKeyEvent':
      case 'setDesktopSize':
      case 'clientCutText':
      case 'qemuAudio':
      case 'xvp':
        break;
    }
  }

  #ask(incremental: boolean): void {
    const { width = 0, height = 0 } = this.#screen?.picture ?? {};
    this.#ports.toConsole(encodeUpdateRequest(incremental, { x: 0, y: 0, width, height }));
  }

  /** Updates as long as there is something to say and room for it; one for one request where they are not wanted for good. */
  #serve(): void {
    const screen = this.#screen;
    if (screen === undefined || !this.#viewerReady || this.#drawing) return;
    while (this.#wanted || this.#continuous === 'on') {
      const room = this.#images.told - this.#images.drawn >= IMAGES_MAX ? 0 : this.#ports.room();
      if (room === 0) return;
      const update = this.#sizeUpdate() ?? this.#pointerUpdate();
      if (update === undefined && !this.#tellPicture(screen, room)) return;
      this.#wanted = false;
      if (update !== undefined) this.#ports.toViewer([update], 0);
    }
  }

  /** Alone in its update: what follows is of the new size. */
  #sizeUpdate(): Buffer | undefined {
    const size = this.#size;
    this.#size = undefined;
    if (size === undefined) return undefined;
    const { width, height, byUs, status } = size;
    if (this.#accepts.has(ENCODING.extendedDesktopSize)) {
      const rect = encodeExtendedDesktopSize(width, height, byUs ? 1 : 0, status);
      return Buffer.concat([encodeUpdateHead(1), rect]);
    }
    if (!this.#accepts.has(ENCODING.desktopSize)) {
      throw new OrangeryError(
        'rfbUnsupportedClient',
        'the viewer cannot follow a change of the desktop’s size',
      );
    }
    return Buffer.concat([
      encodeUpdateHead(1),
      encodeRectHead({ x: 0, y: 0, width, height }, ENCODING.desktopSize),
    ]);
  }

  #pointerUpdate(): Buffer | undefined {
    const rects: Buffer[][] = [];
    if (this.#keys === 'new' && this.#accepts.has(ENCODING.qemuExtendedKey)) {
      this.#keys = 'told';
      rects.push([encodeRectHead({ x: 0, y: 0, width: 0, height: 0 }, ENCODING.qemuExtendedKey)]);
    }
    if (this.#cursor !== undefined && this.#accepts.has(ENCODING.cursor)) {
      const { rect, bytes } = this.#cursor;
      this.#cursor = undefined;
      rects.push([
        encodeRectHead(rect, ENCODING.cursor),
        inOrder(bytes, rect.width * rect.height, this.#encoder.order),
      ]);
    }
    if (rects.length === 0) return undefined;
    return Buffer.concat([encodeUpdateHead(rects.length), ...rects.flat()]);
  }

  #tellPicture(screen: Screen, room: number): boolean {
    const { picture } = screen;
    const idle = !screen.changed && this.#left.length === 0 && this.#encoder.knows(picture);
    if (idle && !this.#encoder.isLossy) return false;
    const damage = [...screen.takeDamage(), ...this.#left];
    this.#encoder.lineBytesPerMs = this.#ports.lineBytesPerMs();
    const said = this.#encoder.encode(picture, damage, room, this.#ports.clock.monotonicMs());
    this.#left = said?.left ?? [];
    this.#lookAgain();
    if (said === undefined || said.parts.length === 0) return false;
    this.#pictures += 1;
    this.#ports.toViewer([...said.parts, ...this.#fence(said)], said.pixels);
    return true;
  }

  /** Pixels are drawn as they are read, but images are not: who decodes slowly says when they are done. */
  #fence({ lossy }: Encoded): Buffer[] {
    if (!lossy || !this.#accepts.has(ENCODING.fence)) return [];
    this.#images.told += 1;
    return [encodeServerFence(this.#images.told)];
  }

  #fenced(payload: Buffer): void {
    const number = payload.length === 4 ? payload.readUInt32BE() : 0;
    if (number <= this.#images.drawn || number > this.#images.told) {
      throw new OrangeryError('rfbMalformed', 'the viewer answers a fence that was not sent');
    }
    this.#images.drawn = number;
  }

  /** What is lossy is told exactly once it rests, though nothing else happens. */
  #lookAgain(): void {
    if (!this.#encoder.isLossy || this.#looksAgain) return;
    this.#looksAgain = true;
    this.#cancelLook = this.#ports.clock.after(LOOK_AGAIN_MS, () => {
      this.#looksAgain = false;
      this.#ports.attempt(() => this.#serve());
      this.#lookAgain();
    });
  }
}

/** RFC 6143 7.4, after 4 bytes of the message: what browsers and our own client ask for; others convert in vain. */
function orderOf(bytes: Buffer): PixelOrder {
  const [bitsPerPixel, bigEndian, trueColour] = [bytes[4], bytes[6], bytes[7]];
  const maxima = [8, 10, 12].map((at) => bytes.readUInt16BE(at));
  const [red, green, blue] = [bytes[14], bytes[15], bytes[16]];
  const plain =
    bitsPerPixel === 32 && bigEndian === 0 && trueColour !== 0 && maxima.every((max) => max === 255);
  if (plain && green === 8 && red === 16 && blue === 0) return { red, blue };
  if (plain && green === 8 && red === 0 && blue === 16) return { red, blue };
  throw new OrangeryError(
    'rfbUnsupportedClient',
    'the viewer asks for pixels in another form than 32 bits, 8 for each colour, green in the middle',
  );
}
