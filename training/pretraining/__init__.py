"""Training of one backbone, room by room; `training.pretrain` runs it.

- `configuration`: what decides a run
- `run`: model, optimisers, data and the place on the schedule; one step
- `checkpoints`: what a run is, where it stood, what it finished with
- `costs`: operations a token
- `loop`: what is logged, validated and saved, and when
"""
