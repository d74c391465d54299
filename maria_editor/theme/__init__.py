"""The look: colours, fonts, icons and the few controls we draw ourselves."""
