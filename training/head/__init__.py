"""Training of W3 over two frozen backbones, room by room; `training.train_head` runs it.

- `configuration`: what decides a run
- `rows`, `documents`, `lanes`: text row by row; what is held out; which row reads which document
- `fingerprints`: which text it is
- `masks`, `layouts`, `loading`: what is blank; segments into tensors; step after step
- `states`, `objective`: what the backbones see; the head and its loss
- `starting`, `run`, `loop`: what a training begins with; one training; what is done around it
- `launching`, `ranks`: all of its processes; one of them among the others
- `checkpoints`, `metrics`, `model_card`: what it leaves
- `costs`, `toy_pair`: what it takes of a machine; a pair and text to try it all on
"""
