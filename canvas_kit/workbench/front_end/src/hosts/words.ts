import type { Words } from "../words";

export const words = {
  busy: [
    "The kernel is busy: it answers when the cell has ended.",
    "Der Kernel ist beschäftigt: Er antwortet, wenn die Zelle zu Ende ist.",
  ],
  gone: [
    "The kernel is gone. Run the cell again.",
    "Der Kernel ist nicht mehr da. Führe die Zelle noch einmal aus.",
  ],
} satisfies Words<string>;
