package api

import (
	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/service"
)

// PutSettings replaces the workspace's settings.
func (s *Server) PutSettings(c echo.Context, _ contract.PutSettingsParams) error {
	return s.put(c, engine.DefineSettings, service.SettingsKey)
}

// ListGroups lists groups.
func (s *Server) ListGroups(c echo.Context, _ contract.ListGroupsParams) error {
	return s.list(c, engine.DefineGroup)
}

// GetGroup answers one group.
func (s *Server) GetGroup(c echo.Context, key contract.Key) error {
	return s.get(c, engine.DefineGroup, key)
}

// PutGroup creates or replaces a group.
func (s *Server) PutGroup(c echo.Context, key contract.Key, _ contract.PutGroupParams) error {
	return s.put(c, engine.DefineGroup, key)
}

// DeleteGroup deletes a group.
func (s *Server) DeleteGroup(c echo.Context, key contract.Key, _ contract.DeleteGroupParams) error {
	return s.remove(c, engine.DefineGroup, key)
}

// ListLadders lists ladders.
func (s *Server) ListLadders(c echo.Context, _ contract.ListLaddersParams) error {
	return s.list(c, engine.DefineLadder)
}

// GetLadder answers one ladder.
func (s *Server) GetLadder(c echo.Context, key contract.Key) error {
	return s.get(c, engine.DefineLadder, key)
}

// PutLadder creates or replaces a ladder.
func (s *Server) PutLadder(c echo.Context, key contract.Key, _ contract.PutLadderParams) error {
	return s.put(c, engine.DefineLadder, key)
}

// DeleteLadder deletes a ladder.
func (s *Server) DeleteLadder(c echo.Context, key contract.Key, _ contract.DeleteLadderParams) error {
	return s.remove(c, engine.DefineLadder, key)
}

// ListRewards lists rewards.
func (s *Server) ListRewards(c echo.Context, _ contract.ListRewardsParams) error {
	return s.list(c, engine.DefineReward)
}

// GetReward answers one reward.
func (s *Server) GetReward(c echo.Context, key contract.Key) error {
	return s.get(c, engine.DefineReward, key)
}

// PutReward creates or replaces a reward.
func (s *Server) PutReward(c echo.Context, key contract.Key, _ contract.PutRewardParams) error {
	return s.put(c, engine.DefineReward, key)
}

// DeleteReward deletes a reward.
func (s *Server) DeleteReward(c echo.Context, key contract.Key, _ contract.DeleteRewardParams) error {
	return s.remove(c, engine.DefineReward, key)
}

// ListTemplates lists templates.
func (s *Server) ListTemplates(c echo.Context, _ contract.ListTemplatesParams) error {
	return s.list(c, engine.DefineTemplate)
}

// GetTemplate answers one template.
func (s *Server) GetTemplate(c echo.Context, key contract.Key) error {
	return s.get(c, engine.DefineTemplate, key)
}

// PutTemplate creates or replaces a template.
func (s *Server) PutTemplate(c echo.Context, key contract.Key, _ contract.PutTemplateParams) error {
	return s.put(c, engine.DefineTemplate, key)
}

// DeleteTemplate deletes a template.
func (s *Server) DeleteTemplate(c echo.Context, key contract.Key, _ contract.DeleteTemplateParams) error {
	return s.remove(c, engine.DefineTemplate, key)
}

// ListChannels lists channels.
func (s *Server) ListChannels(c echo.Context, _ contract.ListChannelsParams) error {
	return s.list(c, engine.DefineChannel)
}

// GetChannel answers one channel.
func (s *Server) GetChannel(c echo.Context, key contract.Key) error {
	return s.get(c, engine.DefineChannel, key)
}

// PutChannel creates or replaces a channel.
func (s *Server) PutChannel(c echo.Context, key contract.Key, _ contract.PutChannelParams) error {
	return s.put(c, engine.DefineChannel, key)
}

// DeleteChannel deletes a channel.
func (s *Server) DeleteChannel(c echo.Context, key contract.Key, _ contract.DeleteChannelParams) error {
	return s.remove(c, engine.DefineChannel, key)
}

// ListEventTypes lists event types.
func (s *Server) ListEventTypes(c echo.Context, _ contract.ListEventTypesParams) error {
	return s.list(c, engine.DefineEventType)
}

// GetEventType answers one event type.
func (s *Server) GetEventType(c echo.Context, key contract.Name) error {
	return s.get(c, engine.DefineEventType, key)
}

// PutEventType creates or replaces an event type.
func (s *Server) PutEventType(c echo.Context, key contract.Name, _ contract.PutEventTypeParams) error {
	return s.put(c, engine.DefineEventType, key)
}

// DeleteEventType deletes an event type.
func (s *Server) DeleteEventType(c echo.Context, key contract.Name, _ contract.DeleteEventTypeParams) error {
	return s.remove(c, engine.DefineEventType, key)
}

// ListSegments lists segments.
func (s *Server) ListSegments(c echo.Context, _ contract.ListSegmentsParams) error {
	return s.list(c, engine.DefineSegment)
}

// GetSegment answers one segment.
func (s *Server) GetSegment(c echo.Context, key contract.Key) error {
	return s.get(c, engine.DefineSegment, key)
}

// PutSegment creates or replaces a segment.
func (s *Server) PutSegment(c echo.Context, key contract.Key, _ contract.PutSegmentParams) error {
	return s.put(c, engine.DefineSegment, key)
}

// DeleteSegment deletes a segment.
func (s *Server) DeleteSegment(c echo.Context, key contract.Key, _ contract.DeleteSegmentParams) error {
	return s.remove(c, engine.DefineSegment, key)
}

// ListAttributes lists attributes.
func (s *Server) ListAttributes(c echo.Context, _ contract.ListAttributesParams) error {
	return s.list(c, engine.DefineAttribute)
}

// GetAttribute answers one attribute.
func (s *Server) GetAttribute(c echo.Context, key contract.Name) error {
	return s.get(c, engine.DefineAttribute, key)
}

// PutAttribute creates or replaces an attribute.
func (s *Server) PutAttribute(c echo.Context, key contract.Name, _ contract.PutAttributeParams) error {
	return s.put(c, engine.DefineAttribute, key)
}

// DeleteAttribute deletes an attribute.
func (s *Server) DeleteAttribute(c echo.Context, key contract.Name, _ contract.DeleteAttributeParams) error {
	return s.remove(c, engine.DefineAttribute, key)
}
