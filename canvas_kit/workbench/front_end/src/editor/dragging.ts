/** Names a node type that is dragged from the palette onto the canvas. */
export const DRAG_TYPE = "application/x-canvas-kit-node";
