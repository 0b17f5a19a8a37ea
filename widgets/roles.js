// One colour (Okabe–Ito) and one shape for each role; dml_sdk/widgets/roles.py has the same.

export const ROLE_COLOURS = {
  creator: "#E69F00",
  engineer: "#56B4E9",
  contributor: "#009E73",
  annotator: "#CC79A7",
  validator: "#0072B2",
  client: "#F0E442",
};

export const ROLE_SHAPES = {
  creator: "▲",
  engineer: "◆",
  contributor: "●",
  annotator: "■",
  validator: "★",
  client: "⬟",
};
