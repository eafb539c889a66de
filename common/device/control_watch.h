/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Controls that change while the camera runs: a button, an automatic mode, the privacy
 * shutter, another program.
 *
 * Rests on Documentation/userspace-api/media/v4l/vidioc-dqevent.rst. The kernel keeps one
 * event for each control, the last; so a camera that floods costs a bounded amount of
 * work each time.
 */
#ifndef RAWLINE_CONTROL_WATCH_H
#define RAWLINE_CONTROL_WATCH_H

struct control_watch;
struct log;

/*
 * Subscribes to all controls that V4L2 defines for cameras and the node has. Asks the
 * device for nothing but the state of its privacy shutter, if it has one: a closed one is a
 * warning, "privacy". To be made after controls have been set and destroyed before they
 * are put back: what this descriptor sets is not told, except where it changes others.
 *
 * The descriptor is lent until the watch is destroyed, must be O_NONBLOCK, and polls
 * EPOLLPRI when there is something to dispatch. A node without events is fine, then
 * nothing is ever told. Returns 0, -ENODEV or -ENOMEM.
 */
int control_watch_create(struct log *log, int fd, const char *entity,
			 struct control_watch **watch);

/*
 * Takes the events that are waiting, says what changed ("control-changed", of the shutter
 * "privacy"): a control once a second at most, then its last value. Does not wait. Returns
 * 0, or -errno (-ENODEV) when the descriptor has no more to give.
 */
int control_watch_dispatch(struct control_watch *watch);

/* Says what was held back; accepts NULL. */
void control_watch_destroy(struct control_watch *watch);

#endif
