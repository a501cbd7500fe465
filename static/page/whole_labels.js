/** Labels of the chart's time axis are drawn whole or not at all: "2:00" for half of "12:00" is another time. */

/** Has a canvas leave out centred texts that would be cut at its sides. @param width() Of the canvas, px. */
export function leaveOutCutTexts(pen, width) {
  const draw = pen.fillText;
  pen.fillText = (text, x, ...more) => {
    if (pen.textAlign === "center") {
      const half = pen.measureText(text).width / 2;
      if (x - half < 0 || x + half > width()) return;
    }
    draw.call(pen, text, x, ...more);
  };
}

/** The library has no option for it. @param place Of a chart that has been made. */
export function keepTimeLabelsWhole(place) {
  for (const canvas of place.querySelectorAll("tr:last-child canvas")) {
    leaveOutCutTexts(canvas.getContext("2d"), () => canvas.clientWidth);
  }
}
